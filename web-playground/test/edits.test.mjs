// Whatever was typed before, the answers are those of the text that is there; and an edit costs only itself.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { engine, root } from "./engine.mjs";

const folder = `${root}/tests/golden/cases`;

/** Numbers that are the same in every run. */
function random(seed) {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % below;
  };
}

test("answers do not depend on what was there before", async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".in.yaml")).sort();
  const next = random(1);
  const typed = engine();
  const files = {};
  let view;
  for (let step = 0; step < 150; step += 1) {
    const name = `${"abc"[next(3)]}.yaml`;
    const text = await readFile(`${folder}/${names[next(names.length)]}`, "utf8");
    // Half of the time somebody is in the midst of typing.
    files[name] = next(2) ? text : text.slice(0, next(text.length));
    if (next(10) === 0) files[name] = null;
    view = typed.update({ files: { [name]: files[name] } });
    if (files[name] === null) delete files[name];
    if (step % 5) continue;
    const fresh = engine();
    const anew = fresh.update({ files });
    assert.ok(typed.check() === fresh.check(), `statuses after step ${step}`);
    assert.ok(typed.translate("json") === fresh.translate("json"), `configuration after step ${step}`);
    assert.deepEqual(view.diagnostics, anew.diagnostics, `problems after step ${step}`);
  }
});

test("an edit says only what differs", () => {
  const proxy = (n, service = "web") => `---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: shop, name: p${n}}
spec:
  virtualhost: {fqdn: h${n}.example.com}
  routes: [{services: [{name: ${service}, port: 80}]}]
`;
  const service = "---\napiVersion: v1\nkind: Service\nmetadata: {namespace: shop, name: web}\nspec: {ports: [{port: 80}]}\n";
  const all = Array.from({ length: 50 }, (_, n) => proxy(n));
  const it = engine({ "a.yaml": service + all.join("") });
  all[7] = proxy(7, "absent");
  const view = it.update({ files: { "a.yaml": service + all.join("") } });
  assert.deepEqual(view.objects.map((object) => [object.name, object.status.currentStatus]), [["p7", "invalid"]]);
  assert.deepEqual(view.resources.map((resource) => [resource.type, resource.title]), [["scope", "http|h7.example.com"]]);
  const nothing = it.update({ files: { "a.yaml": `# a comment\n${service}${all.join("")}` } });
  assert.deepEqual([nothing.objects, nothing.resources], [[], []]);
  assert.equal(nothing.diagnostics[0].line, view.diagnostics[0].line + 1);
});

test("what was pinned is compared with what is there", () => {
  const text = (status) => `apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: shop, name: p}
spec:
  virtualhost: {fqdn: h.example.com}
  routes: [{directResponsePolicy: {statusCode: ${status}}}]
`;
  const it = engine({ "a.yaml": text(200) });
  assert.equal(it.diff(), null);
  it.pin();
  assert.deepEqual(it.diff(), { objects: [], resources: [] });
  it.update({ files: { "a.yaml": text(204) } });
  const { objects, resources } = it.diff();
  assert.deepEqual(objects, []);
  assert.deepEqual(resources.map(({ type, title }) => [type, title]), [["scope", "http|h.example.com"]]);
  assert.match(resources[0].before, /status: 200/);
  assert.match(resources[0].after, /status: 204/);
  it.unpin();
  assert.equal(it.diff(), null);
});

test("settings are read, and those that cannot be leave the last ones in force", () => {
  const it = engine({ "a.yaml": "" });
  const listeners = () => JSON.parse(it.translate("json")).listeners.length;
  const before = listeners();
  const view = it.update({ settings: "listeners: {tlsOffload: {enabled: true}}" });
  assert.equal(view.settings.error, null);
  assert.ok(view.resources.length > 0);
  const opened = listeners();
  assert.ok(opened > before);
  const broken = it.update({ settings: "listeners: {tlsOffload: {enabled: perhaps}}" });
  assert.match(broken.settings.error.message, /tlsOffload/);
  assert.equal(listeners(), opened);
});

test("expectations are written, read and judged", () => {
  const it = engine({ "a.yaml": "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {namespace: n, name: p}\nspec:\n  virtualhost: {fqdn: h.test}\n  routes: [{directResponsePolicy: {statusCode: 204}}]\n" });
  const request = { url: "http://h.test/" };
  const expectation = { name: "it answers", request, expect: it.expected(request) };
  assert.equal(expectation.expect.status, 204);
  const yaml = it.writeExpectations([expectation]);
  const read = it.readExpectations(yaml);
  assert.deepEqual(it.expect(read), [{ name: "it answers", mismatches: [], error: null }]);
  it.update({ files: { "a.yaml": null } });
  assert.ok(it.expect(read)[0].mismatches.length > 0);
  assert.match(it.readExpectations("expectations: [{nome: x}]").error, /^1:\d+: .*nome/);
});

test("the schemas of what can be written are there", () => {
  const schemas = engine().schemas();
  assert.deepEqual(schemas.map((it) => it.kind).toSorted(), [
    "ContourConfiguration",
    "ExtensionService",
    "HTTPProxy",
    "RoutePolicy",
    "TLSCertificateDelegation",
  ]);
  const proxy = schemas.find((it) => it.kind === "HTTPProxy").schema;
  assert.ok(proxy.properties.spec.properties.virtualhost.properties.fqdn.description);
});
