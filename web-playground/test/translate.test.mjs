// The playground's exported function, as a page calls it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const { translate } = require("../../target/playground/node/isoline_playground.js");

const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports: [{port: 80, protocol: TCP}]
`;

const proxy = (name, fqdn, service) => `
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: ${name}, namespace: shop}
spec:
  virtualhost: {fqdn: ${fqdn}}
  routes:
    - services: [{name: ${service}, port: 80}]
`;

const translated = (...documents) => JSON.parse(translate(documents.join("---"), "{}"));

const statusOf = (answer, name) => answer.objects.find((object) => object.kind === "HTTPProxy" && object.name === name);

test("a valid proxy is said to be valid and becomes a scope", () => {
  const answer = translated(SERVICE, proxy("good", "good.example.com", "web"));

  const status = statusOf(answer, "good");
  assert.equal(status.namespace, "shop");
  assert.equal(status.currentStatus, "valid");
  assert.deepEqual(answer.rejected, []);
  assert.match(JSON.stringify(answer.envoy.scopes), /good\.example\.com/);
  assert.deepEqual(Object.keys(answer.envoy).sort(), [
    "clusters",
    "endpoints",
    "extensions",
    "listeners",
    "routes",
    "runtime",
    "scopes",
    "secrets",
  ]);
});

test("a proxy to an absent service is said to be invalid, and others stay valid", () => {
  const answer = translated(SERVICE, proxy("good", "good.example.com", "web"), proxy("bad", "bad.example.com", "absent"));

  const status = statusOf(answer, "bad");
  assert.equal(status.currentStatus, "invalid");
  const valid = status.conditions.find((condition) => condition.type === "Valid");
  assert.equal(valid.status, "False");
  assert.match(JSON.stringify(valid.errors), /absent/);
  assert.equal(statusOf(answer, "good").currentStatus, "valid");
});

test("a syntax error is thrown with its line and column", () => {
  const broken = "apiVersion: v1\nkind: Service\nmetadata: {name: web\nspec: {}\n";

  assert.throws(() => translate(broken, "{}"), /^Error: [1-9]\d*:[1-9]\d*: \S/);
});

test("the same input gives the same text", () => {
  const yaml = [SERVICE, proxy("good", "good.example.com", "web")].join("---");

  // Not `equal`: its message would be both texts in full.
  assert.ok(translate(yaml, "{}") === translate(yaml, "{}"), "the two differ");
});
