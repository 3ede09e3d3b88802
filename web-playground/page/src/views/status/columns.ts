import { compare } from "../shared/names";
import { at, listAt, textAt, type Value } from "./yaml-value";

/** What `kubectl get` shows of an object beside its name and its status. */
export interface Column {
  title: string;
  of: (object: Value | undefined) => string;
}

const text = (title: string, ...path: string[]): Column => ({ title, of: (object) => textAt(object, ...path) });

const texts = (values: readonly Value[], ...path: string[]) =>
  values.map((value) => (typeof value === "string" ? value : textAt(value, ...path))).filter(Boolean);

const COLUMNS: Record<string, readonly Column[]> = {
  HTTPProxy: [
    text("FQDN", "spec", "virtualhost", "fqdn"),
    text("TLS Secret", "spec", "virtualhost", "tls", "secretName"),
  ],
  RoutePolicy: [text("Insecure", "spec", "insecure", "action")],
  Ingress: [
    text("Class", "spec", "ingressClassName"),
    { title: "Hosts", of: (object) => texts(listAt(object, "spec", "rules"), "host").join(",") || "*" },
    { title: "Ports", of: (object) => (listAt(object, "spec", "tls").length > 0 ? "80, 443" : "80") },
  ],
  Service: [
    { title: "Type", of: (object) => textAt(object, "spec", "type") || "ClusterIP" },
    { title: "Ports", of: (object) => listAt(object, "spec", "ports").map(servicePort).join(",") },
  ],
  Secret: [
    { title: "Type", of: (object) => textAt(object, "type") || "Opaque" },
    { title: "Data", of: (object) => String(keysOf(object, "data", "stringData").size) },
  ],
  EndpointSlice: [
    text("Address type", "addressType"),
    { title: "Ports", of: (object) => texts(listAt(object, "ports"), "port").join(",") },
    {
      title: "Endpoints",
      of: (object) => listAt(object, "endpoints").flatMap((endpoint) => texts(listAt(endpoint, "addresses"))).join(","),
    },
  ],
};

export function columnsOf(kind: string): readonly Column[] {
  return COLUMNS[kind] ?? [];
}

function servicePort(port: Value): string {
  return `${textAt(port, "port")}/${textAt(port, "protocol") || "TCP"}`;
}

function keysOf(object: Value | undefined, ...fields: string[]): Set<string> {
  return new Set(fields.flatMap((field) => Object.keys(at(object, field) ?? {})));
}

const FIRST_KINDS = ["HTTPProxy", "Ingress", "RoutePolicy", "TLSCertificateDelegation", "ExtensionService"];

/** What teams write first, then what it refers to. */
export function compareKinds(a: string, b: string): number {
  const rank = (kind: string) => (FIRST_KINDS.indexOf(kind) + 1 || FIRST_KINDS.length + 1);
  return rank(a) - rank(b) || compare(a, b);
}
