// Problems stand where they are made, and what became of a line is found both ways.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "./engine.mjs";

const SERVICE = `apiVersion: v1
kind: Service
metadata: {namespace: shop, name: web}
spec: {ports: [{port: 80}]}
`;

const PROXY = `apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata:
  namespace: shop
  name: main
spec:
  virtualhost:
    fqdn: shop.example.com
  includes:
  - name: team
    namespace: other
    conditions:
    - prefix: /team
  routes:
  - conditions:
    - prefix: /api
    services:
    - name: web
      port: 80
  - services: # the rest
    - {name: web, port: 80}
    - {name: absent, port: 8080}
`;

const TEAM = `apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: other, name: team}
spec:
  routes:
  - directResponsePolicy: {statusCode: 204}
`;

const shop = [SERVICE, PROXY, TEAM].join("---\n");

/** What is underlined, for each problem. */
function underlined(text, settings) {
  const { diagnostics } = engine().update({ files: { "é.yaml": text }, settings });
  return diagnostics.map((it) => `${it.reason}: ${text.slice(it.from, it.to)} @${it.line}:${it.column} (${it.field})`);
}

/** The text after the first fix of the first problem that has one. */
function fixed(text, settings) {
  const { diagnostics } = engine().update({ files: { "a.yaml": text }, settings });
  const [fix] = diagnostics.flatMap((it) => it.fixes);
  const edits = fix.edits.toSorted((a, b) => b.from - a.from);
  const after = edits.reduce((text, { from, to, insert }) => text.slice(0, from) + insert + text.slice(to), text);
  return { title: fix.title, after };
}

const problems = (text) => engine().update({ files: { "a.yaml": text } }).diagnostics.map((it) => it.reason);

test("a Service that is not there is underlined where it is named", () => {
  assert.deepEqual(underlined(shop), ["ServiceUnresolvedReference: absent @27:14 (spec.routes[1].services[1].name)"]);
});

test("letters of several units before it do not move it", () => {
  assert.deepEqual(underlined(`# 🦀 é\n${shop}`), [
    "ServiceUnresolvedReference: absent @28:14 (spec.routes[1].services[1].name)",
  ]);
});

for (const [name, from, to, expected] of [
  ["a field that nobody knows", "virtualhost:", "virtualHost:", "Rejected: virtualHost (spec.virtualHost)"],
  ["a value of the wrong type", "port: 8080", "port: many", "Rejected: port (spec.routes[1].services[1].port)"],
  ["an include of nobody", "name: team\n    namespace", "name: nobody\n    namespace", "IncludeNotFound: name (spec.includes[0].name)"],
  ["a condition", "prefix: /api", "prefix: api", "PathMatchConditionsNotValid: conditions (spec.routes[0].conditions)"],
  ["two actions", "  - services: # the rest", "  - directResponsePolicy: {statusCode: 200}\n    services:", "RouteActionCountNotValid: directResponsePolicy: {statusCode: 200} (spec.routes[1])"],
  ["a host twice", "kind: HTTPProxy\nmetadata: {namespace: other, name: team}\nspec:", "kind: HTTPProxy\nmetadata: {namespace: other, name: team}\nspec:\n  virtualhost: {fqdn: shop.example.com}", "DuplicateVhost: shop.example.com (spec.virtualhost.fqdn)"],
  ["text that is no YAML", "fqdn: shop.example.com", "fqdn: [shop", "Syntax: "],
  ["a kind that nobody reads", "kind: Service", "kind: Server", "Ignored: kind (kind)"],
]) {
  test(`underlined: ${name}`, () => {
    assert.ok(shop.includes(from), from);
    const found = underlined(shop.replace(from, to)).map((it) => it.replace(/ @\d+:\d+/, ""));
    assert.ok(found.some((it) => it.startsWith(expected)), found.join("\n"));
  });
}

test("a document that is no YAML takes no other along", () => {
  const view = engine().update({ files: { "a.yaml": `${shop}---\nkind: [\n` } });
  assert.deepEqual(view.diagnostics.map((it) => it.reason), ["ServiceUnresolvedReference", "Syntax"]);
  assert.ok(view.resources.some((it) => it.type === "cluster" && it.name.startsWith("shop/web")));
});

test("what is missing is added, and then nothing is wrong", () => {
  const { title, after } = fixed(shop);
  assert.equal(title, "Add Service shop/absent");
  assert.deepEqual(problems(after), []);
  assert.ok(after.startsWith(shop), "all else is as it was");
});

test("an include of nobody gets somebody", () => {
  const { title, after } = fixed(`${PROXY.replace("absent", "web")}---\n${SERVICE}`.replace("port: 8080", "port: 80"));
  assert.equal(title, "Add HTTPProxy other/team");
  assert.deepEqual(problems(after), []);
});

test("a misspelt field is spelt right, and its value and comments stay", () => {
  const broken = shop.replace("  - services: # the rest", "  - servcies: # the rest");
  const { title, after } = fixed(broken);
  assert.equal(title, "Write services");
  assert.equal(after, shop);
});

test("a Secret of another namespace is delegated", () => {
  const tls = PROXY.replace("  includes:", "    tls: {secretName: certs/wildcard}\n  includes:");
  const secret = "apiVersion: v1\nkind: Secret\nmetadata: {namespace: certs, name: wildcard}\ntype: kubernetes.io/tls\ndata: {}\n";
  const { title, after } = fixed([SERVICE, tls.replace("absent, port: 8080", "web, port: 80"), TEAM, secret].join("---\n"));
  assert.equal(title, "Delegate Secret certs/wildcard to namespace shop");
  assert.ok(!problems(after).includes("DelegationNotPermitted"), after);
});

test("an object of the old API is replaced by what it is read as", () => {
  const old = `# the shop\n---\napiVersion: contour.heptio.com/v1beta1\nkind: IngressRoute
metadata: {namespace: shop, name: old}
spec:
  virtualhost: {fqdn: old.example.com}
  routes: [{match: /, services: [{name: web, port: 80}]}]
`;
  const before = engine({ "a.yaml": `${SERVICE}---\n${old}` }).translate("json");
  const { after } = fixed(`${SERVICE}---\n${old}`);
  assert.match(after, /kind: HTTPProxy/);
  assert.doesNotMatch(after, /IngressRoute/);
  assert.ok(engine({ "a.yaml": after }).translate("json") === before, "another configuration");
});

const linked = (it, text, needle) => it.at("a.yaml", text.indexOf(needle));

test("a line leads to the routes, clusters and endpoints that came of it, and these lead back", () => {
  const it = engine({ "a.yaml": shop });
  const { object, field, pieces } = linked(it, shop, "web\n      port");
  assert.deepEqual(object, { kind: "HTTPProxy", namespace: "shop", name: "main" });
  assert.equal(field, "spec.routes[0].services[0].name");
  assert.deepEqual(pieces.map((piece) => piece.type).toSorted(), ["cluster", "endpoints", "scope"]);
  const route = pieces.find((piece) => piece.type === "scope");
  const { json } = it.resource(route);
  const [, ...steps] = route.pointer.split("/");
  const { match } = steps.reduce((value, step) => value[step], json);
  assert.match(JSON.stringify(match), /\/api/);
  const [origin] = it.origins(route);
  assert.equal(origin.field, "spec.routes[0]");
  assert.equal(shop.slice(origin.from, origin.to), "conditions:");
  const cluster = pieces.find((piece) => piece.type === "cluster");
  assert.deepEqual(it.origins(cluster).map((origin) => origin.object.kind), ["Service"]);
});

test("an include leads to the routes that it brings", () => {
  const it = engine({ "a.yaml": shop });
  const [piece] = linked(it, shop, "name: team\n    namespace").pieces;
  const [origin] = it.origins(piece);
  assert.deepEqual(origin.object, { kind: "HTTPProxy", namespace: "other", name: "team" });
});

test("a Service leads to its cluster", () => {
  const { pieces } = linked(engine({ "a.yaml": shop }), shop, "port: 80}");
  assert.ok(pieces.some((piece) => piece.type === "cluster" && piece.name.startsWith("shop/web")), JSON.stringify(pieces));
});

test("every route of an answer says where it is written", () => {
  const it = engine({ "a.yaml": shop });
  const { places, explanation } = it.explain({ url: "http://shop.example.com/team/x" });
  assert.deepEqual(
    places.map((place) => place.line),
    explanation.routes.map((route) => (route.origin.includes("other/team") ? 34 : route.conditions.join().includes("/api") ? 20 : 25)),
  );
});
