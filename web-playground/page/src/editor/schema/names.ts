import type { Completion } from "@codemirror/autocomplete";
import type { App } from "../../app";
import type { Path } from "./place";

const namespace = "Namespace";

/** What is named where, by kind and path without indexes. */
const expected: readonly [RegExp, string][] = [
  [/^HTTPProxy spec(\.routes|\.tcpproxy)\.services\.name$/, "Service"],
  [/^ExtensionService spec\.services\.name$/, "Service"],
  [/^HTTPProxy spec\.(includes|tcpproxy\.include)\.name$/, "HTTPProxy"],
  [/^HTTPProxy spec\.virtualhost\.tls\.secretName$/, "Secret"],
  [/^HTTPProxy .*\.(caSecret|crlSecret)$/, "Secret"],
  [/^HTTPProxy .*\.extensionRef\.name$/, "ExtensionService"],
  [/^RoutePolicy spec\.targetRefs\.name$/, "HTTPProxy"],
  [/ (.*\.)?namespace$/, namespace],
  [/^TLSCertificateDelegation spec\.delegations\.secretName$/, "Secret"],
  [/^TLSCertificateDelegation spec\.delegations\.targetNamespaces$/, namespace],
];

/** The names of what is there, the own namespace first. */
export const namesFor = (app: App, kind: string, path: Path, own: string): readonly Completion[] => {
  const place = `${kind} ${path.filter((part) => typeof part === "string").join(".")}`;
  const wanted = expected.find(([pattern]) => pattern.test(place))?.[1];
  if (!wanted) return [];
  const objects = [...app.objects.peek().values()];
  if (wanted === namespace) return [...new Set(objects.map((object) => object.namespace))].map((label) => ({ label }));
  return objects
    .filter((object) => object.kind === wanted)
    .map(({ name, namespace }) => ({ label: name, detail: namespace, boost: namespace === own ? 1 : 0 }));
};
