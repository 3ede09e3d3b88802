import { type Completion, snippetCompletion } from "@codemirror/autocomplete";
import type { Catalog } from "./catalog";

const bodies: Readonly<Record<string, string>> = {
  HTTPProxy: [
    "spec:",
    "  virtualhost:",
    "    fqdn: ${shop.example.com}",
    "  routes:",
    "  - conditions:",
    "    - prefix: ${/}",
    "    services:",
    "    - name: ${shop}",
    "      port: 80",
  ].join("\n"),
  RoutePolicy: [
    "spec:",
    "  targetRefs:",
    "  - group: projectcontour.io",
    "    kind: HTTPProxy",
    "    name: ${shop}",
    "  insecure:",
    "    action: ${Redirect}",
  ].join("\n"),
  Service: ["spec:", "  ports:", "  - port: 80"].join("\n"),
  Secret: ["type: kubernetes.io/tls", "data:", "  tls.crt: ${}", "  tls.key: ${}"].join("\n"),
  TLSCertificateDelegation: [
    "spec:",
    "  delegations:",
    "  - secretName: ${wildcard}",
    "    targetNamespaces:",
    '    - ${"*"}',
  ].join("\n"),
};

/** Whole objects to begin a document with. */
export const skeletons = (catalog: Catalog): readonly Completion[] =>
  catalog.map(({ apiVersion, kind, shape }) => {
    const head = [
      `apiVersion: ${apiVersion}`,
      `kind: ${kind}`,
      "metadata:",
      "  name: ${name}",
      "  namespace: ${default}",
    ];
    const template = [...head, bodies[kind] ?? "spec:\n  ${}", ""].join("\n");
    return snippetCompletion(template, {
      label: kind,
      detail: apiVersion,
      info: shape.description ?? "",
      boost: bodies[kind] ? 1 : 0,
    });
  });
