import type { Schema } from "../../engine/types";
import type { Shape } from "./shape";

const text = (description: string): Shape => ({ type: "string", description });
const number = (description: string): Shape => ({ type: "integer", description });
const flag = (description: string): Shape => ({ type: "boolean", description });
const map = (description: string): Shape => ({ type: "object", description, additionalProperties: { type: "string" } });
const block = (description: string, properties: Record<string, Shape>, required: string[] = []): Shape => ({
  type: "object",
  description,
  properties,
  required,
});
const list = (description: string, items: Shape): Shape => ({ type: "array", description, items });

export const metadata = block(
  "What names an object.",
  {
    name: text("Its name, unique among the objects of its kind in its namespace."),
    namespace: text("Its namespace; `default` if it is not said."),
    labels: map("What it is found by."),
    annotations: map("What else is said of it."),
  },
  ["name"],
);

const port = block(
  "A port.",
  {
    name: text("Its name."),
    port: number("The port of the service."),
    protocol: { ...text("How it is spoken to."), enum: ["TCP", "UDP"] },
    targetPort: { description: "The port of the pods, a number or a name." },
    appProtocol: text("What is spoken on top, such as `kubernetes.io/h2c`."),
  },
  ["port"],
);

const service = block("What routes lead to.", {
  spec: block("How it is reached.", {
    ports: list("Its ports.", port),
    type: { ...text("How it is exposed."), enum: ["ClusterIP", "LoadBalancer", "NodePort", "ExternalName"] },
    externalName: text("With type `ExternalName`: a name in DNS."),
    selector: map("The labels of its pods."),
  }),
});

const secret = block("A certificate with its key, or a list of authorities.", {
  type: { ...text("What it holds."), enum: ["kubernetes.io/tls", "Opaque"] },
  data: map("Base64 by name: `tls.crt` and `tls.key`, or `ca.crt`."),
  stringData: map("The same, as plain text."),
});

const endpoint = block(
  "Pods behind a service.",
  {
    addresses: list("IP addresses.", { type: "string" }),
    conditions: block("Whether they are in use.", {
      ready: flag("Whether they take new requests."),
      serving: flag("Whether they answer."),
      terminating: flag("Whether they are about to end."),
    }),
  },
  ["addresses"],
);

const endpointSlice = block(
  "Where the pods of a service are; the label `kubernetes.io/service-name` says of which.",
  {
    addressType: { ...text("The family of all addresses."), enum: ["IPv4", "IPv6", "FQDN"] },
    ports: list(
      "Their ports.",
      block("A port.", { name: text("Its name in the service."), port: number("Its number.") }),
    ),
    endpoints: list("The pods.", endpoint),
  },
  ["addressType", "endpoints"],
);

/** Kinds of Kubernetes that routes need beside Isoline's own. */
export const builtinSchemas: readonly Schema[] = [
  { apiVersion: "v1", kind: "Service", schema: service },
  { apiVersion: "v1", kind: "Secret", schema: secret },
  { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", schema: endpointSlice },
];
