// Files, problems, completion.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openAt, ready, upload, write, written } from "./shell.mjs";
import { withPage } from "./support.mjs";
import { withShop } from "./tabs.mjs";

const focused = (page) =>
  page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent);

test(
  "a fix puts a problem right, and undo brings it back",
  withPage(async ({ page, problems }) => {
    await ready(page);
    await openAt(page, "example/14-mistakes");
    const fixes = page.locator(".problem-fix");
    await fixes.first().waitFor();
    const before = await page.locator(".problem").count();

    await fixes.first().click();
    await page.locator(".problem").nth(before - 1).waitFor({ state: "detached" });

    await page.locator(".editor-panel .cm-content").click();
    await page.keyboard.press("Control+z");
    await page.locator(".problem").nth(before - 1).waitFor();
    assert.deepEqual(problems, []);
  }),
);

test(
  "a problem leads to its place",
  withPage(async ({ page }) => {
    await ready(page);
    await openAt(page, "example/14-mistakes");

    await page.locator(".problem-main").first().focus();
    await page.keyboard.press("Enter");

    assert.equal(await focused(page), "Objects, as YAML");
    assert.equal(await page.evaluate(() => getSelection().toString()), "apy");
  }),
);

test(
  "fields are offered where they belong, the required ones first",
  withPage(async ({ page }) => {
    await ready(page);
    await write(page, "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nspec:\n  routes:\n  - services:\n    - ");
    await page.keyboard.press("Control+Space");

    const offered = page.locator(".cm-tooltip-autocomplete li");
    await offered.first().waitFor();
    assert.deepEqual((await offered.allTextContents()).slice(0, 2), ["namerequired", "portrequired"]);
  }),
);

test(
  "names of what is there are offered where a name is expected",
  withPage(async ({ page }) => {
    await ready(page);
    const service =
      "apiVersion: v1\nkind: Service\nmetadata: {namespace: web, name: shop}\nspec: {ports: [{port: 80}]}\n---\n";
    await write(
      page,
      `${service}apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nspec:\n  routes:\n  - services: [{name: `,
    );
    await page.keyboard.press("Control+Space");

    const offered = page.locator(".cm-tooltip-autocomplete li");
    await offered.first().waitFor();
    assert.deepEqual(await offered.allTextContents(), ["shopweb"]);
  }),
);

test(
  "every document of a file is coloured, folded and indented",
  withPage(async ({ page }) => {
    await ready(page);
    await write(page, "a: 1\n---\nspec:\n  routes:\n  - first: 1\n    second: 2");
    const keys = page.locator(".editor-panel .yaml-key");
    assert.deepEqual(await keys.allTextContents(), ["a", "spec", "routes", "first", "second"]);

    await page.keyboard.press("Enter");
    await page.keyboard.type("third: 3");
    assert.match(await written(page), /\n {4}third: 3/);

    await page.locator(".cm-foldGutter [title='Fold line']").last().click();
    assert.doesNotMatch(await written(page), /third/);
  }),
);

const files = (page, names) =>
  page.waitForFunction(
    (names) => [...document.querySelectorAll(".filetab")].map((it) => it.textContent).join() === names,
    names.join(),
  );

test(
  "files are added, renamed, left and closed by keyboard",
  withPage(async ({ page }) => {
    await ready(page);
    await write(page, "# first");
    await page.getByRole("button", { name: "New file" }).press("Enter");
    await page.locator(".filetab", { hasText: "new.yaml" }).press("F2");
    await page.locator("input:focus").waitFor();
    await page.keyboard.type("second");
    await page.keyboard.press("Enter");
    await files(page, ["proxies.yaml", "second.yaml"]);

    await page.locator(".filetab", { hasText: "second.yaml" }).press("ArrowLeft");
    await page.waitForFunction(() => document.activeElement?.textContent === "proxies.yaml");
    assert.match(await written(page), /# first/);

    await page.keyboard.press("Delete");
    await files(page, ["second.yaml"]);
    await page.getByRole("button", { name: "Undo" }).last().click();
    await files(page, ["proxies.yaml", "second.yaml"]);
  }),
);

test(
  "Tab indents, and leaves after Escape",
  withPage(async ({ page }) => {
    await ready(page);
    await write(page, "a: 1");
    await page.keyboard.press("Home");
    await page.keyboard.press("Tab");
    assert.match(await written(page), /^ {2}a: 1/);

    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    assert.notEqual(await focused(page), "Objects, as YAML");
  }),
);

test(
  "what was written is there after a reload, and nothing that was kept breaks the page",
  withPage(async ({ page, problems }) => {
    await ready(page);
    await write(page, "# mine");
    await page.reload();
    await ready(page);
    assert.match(await written(page), /# mine/);

    for (const kept of ["{", "null", '{"files": [{"name": 1}]}', "[]"]) {
      await page.addInitScript((value) => localStorage.setItem("isoline-playground", value), kept);
      await page.reload();
      await ready(page);
      assert.doesNotMatch(await written(page), /# mine/);
    }
    assert.deepEqual(problems, []);
  }),
);

test(
  "without the engine the page says why",
  withPage(
    async ({ page }) => {
      await page.route("**/*.wasm", (route) => route.abort());
      await page.reload();
      await page.getByRole("heading", { name: "The engine cannot be loaded" }).waitFor();
    },
    { serviceWorkers: "block" },
  ),
);

test(
  "broken YAML is said at its line, and what is whole is served all the same",
  withShop("status", async ({ page, problems }) => {
    await upload(page, [
      { name: "broken.yaml", mimeType: "application/yaml", buffer: Buffer.from("kind: [HTTPProxy\nmetadata: {\n") },
    ]);
    await page.locator(".problem", { hasText: "broken.yaml" }).first().waitFor();
    await page.locator(".cm-lintRange-error, .cm-lintPoint-error").first().waitFor();
    await page.getByRole("row", { name: "accounts/login" }).first().waitFor();
    await page.getByRole("button", { name: "1 document cannot be read" }).click();
    await page.waitForFunction(() => document.activeElement?.classList.contains("cm-content"));
    assert.deepEqual(problems, []);
  }),
);

test(
  "a field is explained where the pointer rests",
  withShop("status", async ({ page }) => {
    await page.locator(".editor-panel .cm-line span", { hasText: "fqdn" }).first().hover();
    const explained = page.locator(".cm-tooltip", { hasText: "fqdn" });
    await explained.waitFor();
    assert.match(await explained.innerText(), /text · required/);
  }),
);

test(
  "a problem is explained and put right where the pointer rests",
  withShop("status", async ({ page }) => {
    await page.locator(".cm-lintRange", { hasText: "canary" }).hover();
    await page.locator(".cm-tooltip-lint .cm-diagnosticAction", { hasText: "Add Service web/canary" }).click();
    await page.locator(".problem", { hasText: "web/canary" }).waitFor({ state: "detached" });
  }),
);
