// Much at once: the page answers, and says how long an edit takes.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { ready, settled, upload } from "./shell.mjs";
import { withPage } from "./support.mjs";

const proxy = (at) => `apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: team-${at % 20}, name: shop-${at}}
spec:
  virtualhost: {fqdn: shop-${at}.example.com}
  routes:
  - conditions: [{prefix: /}]
    services: [{name: shop-${at}, port: 80}]
  - conditions: [{prefix: /api}]
    timeoutPolicy: {response: 5s, idle: 60s}
    services: [{name: shop-${at}, port: 80}]
`;

const service = (at) => `apiVersion: v1
kind: Service
metadata: {namespace: team-${at % 20}, name: shop-${at}}
spec: {ports: [{port: 80}]}
`;

const shops = (documents) =>
  Array.from({ length: documents / 2 }, (_, at) => `${proxy(at)}---\n${service(at)}`).join("---\n");

const padded = (text, length) => {
  const comment = `# ${"-".repeat(97)}\n`;
  return text + comment.repeat(Math.max(0, Math.ceil((length - text.length) / comment.length)));
};

const open = async (page, text) => {
  await ready(page);
  await upload(page, [{ name: "shops.yaml", mimeType: "application/yaml", buffer: Buffer.from(text) }]);
  await page.getByText(/^[\d,]+ objects/).first().waitFor();
  await settled(page);
};

const intoPath = async (page) => {
  await page.locator(".editor-panel .cm-line", { hasText: "prefix: /api" }).first().click();
  await page.keyboard.press("End");
  for (const _ of "}]") await page.keyboard.press("ArrowLeft");
};

/** From here on the page notes when a key went down, when what came of it was known and painted, and what took long. */
const observe = (page) =>
  page.evaluate(() => {
    const noted = { edits: [], known: [], painted: [], tasks: [] };
    const begin = performance.now();
    let pressed = begin;
    globalThis.noted = noted;
    addEventListener("keydown", (event) => (pressed = event.timeStamp), { capture: true });
    const afterPaint = (run) => requestAnimationFrame(() => setTimeout(run));
    new PerformanceObserver((list) => {
      for (const { name, duration, startTime } of list.getEntries()) {
        if (name !== "edit" || startTime < begin) continue;
        const from = pressed;
        noted.edits.push(duration);
        noted.known.push(startTime + duration - from);
        afterPaint(() => noted.painted.push(performance.now() - from));
      }
    }).observe({ type: "measure" });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) noted.tasks.push(duration);
    }).observe({ type: "longtask" });
  });

const observeEngine = (worker) =>
  worker.evaluate(() => {
    globalThis.updates = [];
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === "update") globalThis.updates.push(duration);
    }).observe({ type: "measure" });
  });

const sorted = (times) => [...times].sort((a, b) => a - b);
const quantile = (times, share) => sorted(times)[Math.floor(share * (times.length - 1))] ?? 0;
const inWords = (times) => `${quantile(times, 0.5).toFixed(1)} / ${quantile(times, 0.95).toFixed(1)}`;

const report = {};
// Never judged: they say as much of the machine as of the page.
after(() => {
  console.log("Milliseconds for a keystroke: median / 95 % within");
  console.table(report);
});

const keystrokes = 50;

/** What is typed makes a path longer: each keystroke changes the routes of one host. */
const timeOfEdits = async (page) => {
  const [worker] = page.workers();
  await intoPath(page);
  await page.keyboard.type("warm");
  await settled(page);
  await observe(page);
  await observeEngine(worker);
  for (let at = 0; at < keystrokes; at++) {
    // People do not type in step with the screen.
    await page.waitForTimeout((at * 7) % 17);
    const before = await page.evaluate(() => globalThis.noted.painted.length);
    await page.keyboard.type("abcdefghij"[at % 10]);
    await page.waitForFunction((before) => globalThis.noted.painted.length > before, before);
  }
  const engine = await worker.evaluate(() => globalThis.updates);
  return { engine, ...(await page.evaluate(() => globalThis.noted)) };
};

for (const [documents, length] of [
  [50, 0],
  [1_000, 0],
  [1_000, 1_000_000],
]) {
  const size = length ? `${length / 1_000_000} MB` : `${(shops(documents).length / 1_000).toFixed(0)} kB`;
  test(
    `typing stays pleasant with ${documents} documents in ${size}`,
    withPage(async ({ page, problems }) => {
      await open(page, padded(shops(documents), length));
      const { engine, edits, known, painted, tasks } = await timeOfEdits(page);
      report[`${documents} documents, ${size}`] = {
        "in the engine": inWords(engine),
        "from edit to result": inWords(edits),
        "from key to result": inWords(known),
        "from key to paint": inWords(painted),
        "tasks over 50 ms": `${tasks.length}, longest ${Math.max(0, ...tasks).toFixed(0)}`,
      };
      assert.deepEqual(problems, []);
    }),
  );
}
