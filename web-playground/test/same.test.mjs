// The engine answers what the program prints, byte for byte.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { engine, root } from "./engine.mjs";

const isoline = process.env.ISOLINE ?? join(root, "target/debug/isoline");

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), "isoline-"))));
after(() => rm(folder, { recursive: true }));

const run = (...args) =>
  new Promise((resolve, reject) =>
    execFile(isoline, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      // 1 says that something is wrong with the objects, 2 that nothing could be said at all.
      error && error.code !== 1 ? reject(new Error(stderr || error.message)) : resolve(stdout),
    ),
  );

const values = (text, key) =>
  text
    .split("\n")
    .filter((line) => line.startsWith(`# ${key}: `))
    .map((line) => line.slice(key.length + 4));

/** The cases of a folder, each written to a file of its own. */
async function cases(path) {
  const names = (await readdir(join(root, path))).filter((name) => name.endsWith(".yaml") && !name.includes(".out."));
  assert.notEqual(names.length, 0, path);
  return Promise.all(
    names.sort().map(async (name) => {
      const text = await readFile(join(root, path, name), "utf8");
      const settings = values(text, "settings").join("\n");
      const files = { objects: join(folder, name), settings: join(folder, `${name}.settings`) };
      await Promise.all([writeFile(files.objects, text), writeFile(files.settings, settings)]);
      return { name, text, settings, arguments: ["--config", files.settings, files.objects] };
    }),
  );
}

function played(it) {
  const playground = engine();
  const view = playground.update({ files: { [it.name]: it.text }, settings: it.settings });
  assert.equal(view.settings.error, null, it.name);
  return { playground, warnings: view.settings.warnings };
}

// Not `equal`: its message would be both texts in full.
const same = (a, b, what) => assert.ok(a === b, `${what} differs:\n${firstDifference(a, b)}`);

function firstDifference(a, b) {
  const [x, y] = [a.split("\n"), b.split("\n")];
  const line = x.findIndex((text, index) => text !== y[index]);
  return `${line + 1}: ${x[line]}\n${line + 1}: ${y[line]}`;
}

for (const path of ["tests/golden/cases", "tests/golden/convert", "tests/traffic/cases", "web-playground/examples"]) {
  test(`check and translate: ${path}`, async () => {
    let compared = 0;
    for (const it of await cases(path)) {
      const { playground, warnings } = played(it);
      const [status, json, yaml] = await Promise.all([
        run("check", "-o", "json", ...it.arguments),
        run("translate", "-o", "json", ...it.arguments),
        run("translate", "-o", "yaml", ...it.arguments),
      ]).catch(({ message }) => {
        // The program does not start without what its settings name; the page says so and shows the rest.
        const lines = message.replace("error: ", "").trim().split("\n");
        assert.deepEqual(warnings.filter((warning) => lines.includes(warning)), lines, it.name);
        return [];
      });
      if (status === undefined) continue;
      compared += 1;
      same(playground.check(), status, `check ${it.name}`);
      same(playground.translate("json"), json, `translate -o json ${it.name}`);
      same(playground.translate("yaml"), yaml, `translate -o yaml ${it.name}`);
    }
    assert.ok(compared > 10, `${compared} cases`);
  });
}

/** A request as the arguments of `isoline explain`. */
function asArguments({ url, method, headers = [], listener, serverName, peer, proxy }) {
  const tls = proxy?.endedTls ? ",tls" : "";
  return [
    ["--url", url],
    method ? ["--method", method] : [],
    ...headers.map(([name, text]) => ["--header", `${name}: ${text}`]),
    listener ? ["--listener", listener] : [],
    serverName == null ? [] : ["--server-name", serverName],
    peer ? ["--peer", peer] : [],
    proxy ? ["--proxy", `${proxy.source},${proxy.destinationPort}${tls}`] : [],
  ].flat();
}

test("explain", async () => {
  let explained = 0;
  for (const it of await cases("tests/golden/explain")) {
    const { playground } = played(it);
    for (const request of values(it.text, "request")) {
      const { proxy } = JSON.parse(request);
      // The command line has no word for a PROXY header without addresses.
      if (proxy && !proxy.source) continue;
      const answer = playground.explain(request);
      const options = asArguments(JSON.parse(request));
      if (answer.error) {
        await assert.rejects(run("explain", ...options, ...it.arguments), ({ message }) => message.includes(answer.error));
        continue;
      }
      const [text, json] = await Promise.all(
        ["text", "json"].map((form) => run("explain", "-o", form, ...options, ...it.arguments)),
      );
      same(answer.text, text, `${it.name} ${request}`);
      same(JSON.stringify(answer.explanation, null, 2) + "\n", json, `${it.name} ${request}`);
      explained += 1;
    }
  }
  assert.ok(explained > 20, `${explained} requests`);
});

test("expectations", async () => {
  let judged = 0;
  for (const path of ["tests/golden/expect", "web-playground/examples"]) {
    for (const it of await cases(path)) {
      const expectations = values(it.text, "expect").map((line) => JSON.parse(line));
      if (expectations.length === 0) continue;
      const { playground } = played(it);
      const file = join(folder, `${it.name}.expect`);
      await writeFile(file, playground.writeExpectations(expectations));
      const { expectations: outcomes } = JSON.parse(await run("check", "-o", "json", "--expect", file, ...it.arguments));
      assert.deepEqual(playground.expect(expectations), outcomes, it.name);
      judged += outcomes.length;
    }
  }
  assert.ok(judged > 20, `${judged} expectations`);
});
