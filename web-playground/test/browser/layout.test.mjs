// Panes, themes, and a narrow screen.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ready } from "./shell.mjs";
import { withPage } from "./support.mjs";
import { withShop } from "./tabs.mjs";

const widthOfEditor = (page) => page.locator(".editor-panel").evaluate((panel) => panel.getBoundingClientRect().width);
const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

test(
  "panes are resized by keyboard, and stay so",
  withPage(async ({ page }) => {
    await ready(page);
    const before = await widthOfEditor(page);
    const bar = page.getByRole("separator", { name: "Width of the editor" });
    for (let at = 0; at < 5; at++) await bar.press("ArrowRight");
    assert.equal(await bar.getAttribute("aria-valuenow"), "60");
    const after = await widthOfEditor(page);
    assert.ok(after > before + 100, `${before} and then ${after}`);

    await page.reload();
    await ready(page);
    assert.equal(await widthOfEditor(page), after);
  }),
);

test(
  "the theme follows the system until one is chosen, which is kept",
  withPage(
    async ({ page }) => {
      await ready(page);
      const dark = await background(page);
      await page.emulateMedia({ colorScheme: "light" });
      const light = await background(page);
      assert.notEqual(dark, light);

      await page.getByRole("button", { name: "Theme" }).click();
      await page.getByRole("menuitemradio", { name: "Dark" }).click();
      assert.equal(await background(page), dark);
      await page.reload();
      await ready(page);
      assert.equal(await background(page), dark);
    },
    { colorScheme: "dark" },
  ),
);

test(
  "a phone shows one pane at a time, whole, and a problem leads to the editor",
  withShop(
    "status",
    async ({ page }) => {
      assert.ok(!(await page.getByRole("region", { name: "Results" }).isVisible()));
      await page.getByRole("button", { name: "Results" }).click();
      assert.ok(!(await page.locator(".editor-panel").isVisible()));
      await page.locator(".finding", { hasText: "web/canary" }).click();
      await page.locator(".editor-panel").waitFor();

      for (const tab of ["Status", "Envoy", "Diff", "Request"]) {
        await page.getByRole("button", { name: "Results" }).click();
        await page.getByRole("tab", { name: tab }).click();
        const { scroll, client } = await page.evaluate(() => ({
          scroll: document.scrollingElement.scrollWidth,
          client: document.scrollingElement.clientWidth,
        }));
        assert.ok(scroll <= client, `${tab} is ${scroll} wide`);
      }
    },
    { viewport: { width: 390, height: 800 } },
  ),
);

test(
  "menus and tabs work by arrow keys",
  withShop("status", async ({ page }) => {
    await page.getByRole("tab", { name: "Status" }).press("ArrowRight");
    await page.getByRole("tabpanel", { name: "Envoy" }).waitFor();
    await page.getByRole("button", { name: "Files" }).press("Enter");
    await page.getByRole("menuitem", { name: "Upload" }).and(page.locator(":focus")).waitFor();
    await page.keyboard.press("End");
    await page.getByRole("menuitem", { name: "Start empty" }).and(page.locator(":focus")).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Files" }).and(page.locator(":focus")).waitFor();
  }),
);
