// The configuration of Envoy, linked both ways.
import assert from "node:assert/strict";
import { test } from "node:test";

import { lineAtCursor, withShop } from "./tabs.mjs";

test(
  "what belongs to the cursor lights up, and a part leads back to its line",
  withShop("envoy", async ({ page, problems }) => {
    await page.locator(".editor-panel .cm-line", { hasText: "services: [{name: shop" }).click();
    await page.locator(".tree-row.is-linked").first().waitFor();

    const cluster = page.getByRole("treeitem", { name: /^accounts\/login\/80/ });
    await page.getByLabel("Search resources").fill("accounts/login/80");
    await cluster.hover();
    await page.locator(".editor-panel .cm-linked").first().waitFor();
    await cluster.getByRole("button", { name: "Go to where it came from" }).click();
    await lineAtCursor(page).filter({ hasText: /Service|login|apiVersion/ }).waitFor();
    assert.deepEqual(problems, []);
  }),
);

test(
  "resources are found by what is in them",
  withShop("envoy", async ({ page }) => {
    await page.getByLabel("Search resources").fill("x-canary");
    await page.getByText("No resource has these words.").waitFor();
    await page.getByLabel("In contents").check();
    await page.getByRole("treeitem", { name: /shop\.example\.com/ }).waitFor();
  }),
);

test(
  "what the last edit changed is shown, and the whole as a file",
  withShop("envoy", async ({ page, problems }) => {
    await page.getByLabel("Follow cursor").uncheck();
    await page.locator(".editor-panel .cm-line", { hasText: "prefix: /login" }).click();
    await page.keyboard.press("End");
    for (let at = 0; at < 3; at++) await page.keyboard.press("ArrowLeft");
    await page.keyboard.type("s");
    await page.locator(".resource[class*=is-changed]", { hasText: "shop.example.com" }).waitFor();

    await page.getByLabel("Whole", { exact: true }).check();
    await page.locator(".code-view .cm-line", { hasText: "listeners:" }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "envoy.yaml");
    assert.deepEqual(problems, []);
  }),
);
