/** What the engine, the translator compiled to wasm, is asked and what it answers. Field for field as Rust writes it. */

/** A kind with a namespaced name. */
export interface ObjectName {
  kind: string;
  namespace: string;
  name: string;
}

/** A stretch of a file: offsets in UTF-16 units as the editor counts, and the line and column of its start, both from 1. */
export interface Span {
  file: string;
  from: number;
  to: number;
  line: number;
  column: number;
}

/** What differs from the edit before. A file that is `null` is gone; what is not named stays. */
export interface Edit {
  files?: Record<string, string | null>;
  /** The configuration file of the controller, YAML. */
  settings?: string;
}

/** What differs after an edit. */
export interface View {
  /** All that is wrong now, by file and place; also what did not change. */
  diagnostics: Diagnostic[];
  /** The objects whose status differs from before, or that came or went. */
  objects: ObjectChange[];
  /** The resources that differ from before, or that came or went. */
  resources: ResourceChange[];
  settings: SettingsView;
}

export interface SettingsView {
  /** Why the settings cannot be read; those that were last read stay in force. */
  error: { message: string; line?: number; column?: number } | null;
  /** What the settings name in vain, what the reference's file says that has no effect, what stands in front of Envoy. */
  warnings: string[];
}

export type Severity = "error" | "warning" | "info";

export interface Diagnostic extends Span {
  severity: Severity;
  /** The object that it is about, if it is about one. */
  object: ObjectName | null;
  /** The field, such as `spec.routes[0].services[1]`; empty if it is about the whole object. */
  field: string;
  /** One word: the reason of the status, or `Syntax`, `Rejected`, `Duplicate`, `Ignored`, `Inexact`. */
  reason: string;
  message: string;
  fixes: Fix[];
}

/** A change that may put it right; it keeps all else as it is written. */
export interface Fix {
  title: string;
  edits: { file: string; from: number; to: number; insert: string }[];
}

export interface ObjectChange extends ObjectName {
  /** Nothing if the object is gone or if its kind has no status (Service, Secret, EndpointSlice). */
  status: Status | null;
  /** Whether the object is there. */
  exists: boolean;
}

/** As in `isoline check -o json`. */
export interface Status {
  /** `valid`, `invalid`, `orphaned`, `NotReconciled`; absent for kinds that have only conditions. */
  currentStatus?: string;
  description?: string;
  conditions: Condition[];
}

export interface Condition {
  type: string;
  status: "True" | "False";
  reason: string;
  message: string;
  errors: SubCondition[];
  warnings: SubCondition[];
}

export interface SubCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

/** `extension` is ECDS: parts of filter chains; `runtime` is RTDS. */
export type ResourceType = "listener" | "scope" | "cluster" | "endpoints" | "secret" | "extension" | "runtime";

export interface ResourceName {
  type: ResourceType;
  name: string;
}

export interface ResourceChange extends ResourceName {
  /** What a person calls it: `listener|host` for a scope, its name for all else. */
  title: string;
  /** A hash of the content; nothing if the resource is gone. */
  version: string | null;
  /** The objects that it came from. */
  origin: ObjectName[];
}

/** One resource in Envoy's own form; of a secret there is only the name. */
export interface Resource {
  json: unknown;
  yaml: string;
}

/** A part of a resource: a JSON pointer into `Resource.json`, empty for all of it. */
export interface Piece extends ResourceName {
  pointer: string;
}

/** What stands at a place of a file, and what became of it. */
export interface Linked {
  object: ObjectName;
  field: string;
  span: Span;
  pieces: Piece[];
}

/** As in `isoline`'s /debug/inclusion. */
export interface Inclusion {
  roots: (Included & { host: string })[];
  /** `namespace/name` */
  orphans: string[];
}

export interface Included {
  namespace: string;
  name: string;
  /** `valid`, `invalid`, ..., `missing` if there is no such proxy. */
  status: string;
  /** The conditions of all includes that lead here, as they are written. */
  conditions: unknown[];
  /** Whether what it includes is left out, since the same root shows it elsewhere, or it lies too deep. */
  cut: boolean;
  children: Included[];
}

export type Listener = "http" | "https" | "tls-offload";

/** As `isoline explain --url` takes it. What is not said follows from the settings. */
export interface Request {
  url: string;
  method?: string;
  headers?: [string, string][];
  listener?: Listener | null;
  /** The server name in the client's TLS; the host of the URL if not set, none if empty. */
  serverName?: string | null;
  peer?: string | null;
  proxy?: { source: string | null; destinationPort: number; endedTls: boolean } | null;
}

/** As in `isoline explain -o json`. */
export interface Explanation {
  /** How it comes in, with everything that was assumed. */
  request: string[];
  host: string | null;
  /** In the order in which they are tried. */
  routes: Candidate[];
  /** The steps of the decision that policies make. */
  decision: string[];
  /** What else it is judged by, that only a running Envoy knows. */
  filters: string[];
  answer: Answer;
}

export interface Candidate {
  conditions: string[];
  /** `HTTPProxy namespace/name` */
  origin: string;
  policy?: string;
  verdict: "wins" | "matches" | "fails";
  /** With `fails`: the condition that does not hold. */
  reason?: string;
}

export type Answer =
  | { kind: "closed"; reason: string }
  | { kind: "respond"; status: number; reason: string }
  | { kind: "redirect"; status: number; location: string }
  | { kind: "tcp"; upstreams: Upstream[] }
  | ({ kind: "forward" } & Forwarding);

export interface Upstream {
  /** `namespace/name/port` */
  service: string;
  /** Its share of `of`. */
  weight: number;
  of: number;
  /** Its own Host. */
  host?: string;
  setRequestHeaders?: [string, string][];
}

/** What the backend is sent. */
export interface Forwarding {
  upstreams: Upstream[];
  /** Where a copy goes. */
  mirror?: string;
  host: string;
  path: string;
  setRequestHeaders: [string, string][];
  removeRequestHeaders: string[];
  setResponseHeaders: [string, string][];
  removeResponseHeaders: string[];
}

export type Explained =
  | { text: string; explanation: Explanation; places: (Span | null)[] }
  | { error: string };

/** A request with what should become of it; the same file that `isoline check --expect FILE` reads. */
export interface Expectation {
  name: string;
  request: Request;
  expect: Expected;
}

/** All that is said must hold. */
export interface Expected {
  answer?: Answer["kind"];
  status?: number;
  location?: string;
  host?: string;
  /** The object whose route takes the request: `HTTPProxy namespace/name`. */
  route?: string;
  /** The RoutePolicy in force: `namespace/name`. */
  policy?: string;
  /** `namespace/name/port`, in any order. */
  upstreams?: string[];
}

/** What of an expectation does not hold; none if all does. */
export interface Outcome {
  name: string;
  mismatches: { field: string; expected: string; actual: string }[];
  /** Why the request cannot be explained. */
  error: string | null;
}

export interface Diff {
  objects: (ObjectName & { before: Status | null; after: Status | null })[];
  /** YAML of each resource that differs; nothing where it is not there. */
  resources: (ResourceName & { title: string; before: string | null; after: string | null })[];
}

/** The JSON schema of one custom resource, as in deploy/crds.yaml (`openAPIV3Schema`). */
export interface Schema {
  apiVersion: string;
  kind: string;
  schema: unknown;
}

export interface Engine {
  version(): string;
  update(edit: Edit): View;
  /** The same bytes as `isoline check -o json`. */
  check(): string;
  /** The same bytes as `isoline translate -o FORM`. */
  translate(form: "json" | "yaml"): string;
  /** `places` are those of the routes, in their order. */
  explain(request: Request): Explained;
  expect(expectations: Expectation[]): Outcome[];
  /** What becomes of a request, said as an expectation of it. */
  expected(request: Request): Expected | null;
  /** The YAML file that `isoline check --expect` reads, and back. */
  writeExpectations(expectations: Expectation[]): string;
  readExpectations(yaml: string): Expectation[] | { error: string };
  inclusion(): Inclusion;
  resource(resource: ResourceName): Resource | null;
  /** What stands at an offset of a file, and what became of it. */
  at(file: string, offset: number): Linked | null;
  /** Where a part of a resource came from. */
  origins(piece: Piece): (Span & { object: ObjectName; field: string })[];
  /** Where an object, or a field of it, is written. */
  locate(object: ObjectName, field?: string): Span | null;
  /** Keeps what is there now, to compare with it later. */
  pin(): void;
  unpin(): void;
  /** Nothing if nothing is pinned. */
  diff(): Diff | null;
  schemas(): Schema[];
  /** The IngressRoutes of a file as HTTPProxies, and what could not be kept. */
  convert(file: string): { yaml: string; notes: string[] };
}

/** The same from outside of the worker. */
export type EngineClient = {
  [method in keyof Engine]: (...args: Parameters<Engine[method]>) => Promise<ReturnType<Engine[method]>>;
};
