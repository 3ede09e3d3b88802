// A request, what becomes of it, and whether it stays so.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { lineAtCursor, withShop, writeInto } from "./tabs.mjs";

const headline = (page, text) => page.locator(".headline-text", { hasText: text }).waitFor();
const showExpectations = (page) => page.getByLabel(/^Expectations/).check();

test(
  "the route that takes a request is found, and why others do not",
  withShop("request", async ({ page, problems }) => {
    await headline(page, "Goes to web/shop/80");
    const failed = page.locator(".route.fails", { hasText: "x-canary" });
    await failed.filter({ hasText: "and it is absent" }).waitFor();
    await failed.getByRole("button").click();
    await lineAtCursor(page).filter({ hasText: "x-canary" }).waitFor();

    await page.getByRole("button", { name: "Header", exact: true }).click();
    await page.locator(":focus").and(page.getByLabel("Name of header 1")).fill("X-Canary");
    await headline(page, "Envoy answers 503");
    assert.deepEqual(problems, []);
  }),
);

test(
  "what is wrong in the form is said at its field",
  withShop("request", async ({ page }) => {
    await headline(page, "Goes to");
    const url = page.getByLabel("URL");
    await url.fill("shop");
    assert.equal(await url.getAttribute("aria-invalid"), "true");
    await page.getByText("Write a URL such as").waitFor();
    await page.locator(".is-stale").waitFor();
  }),
);

test(
  "the same request is copied as commands",
  withShop(
    "request",
    async ({ page }) => {
      await headline(page, "Goes to");
      const copied = async (item) => {
        await page.getByRole("button", { name: "Copy the request or the answer" }).click();
        await page.getByRole("menuitem", { name: item }).click();
        return page.evaluate(() => navigator.clipboard.readText());
      };
      assert.equal(await copied("As curl"), "curl -i http://shop.example.com/");
      assert.equal(await copied("As isoline explain"), "isoline explain --url http://shop.example.com/ shop.yaml");
      assert.match(await copied("As Markdown"), /^\*\*GET http:\/\/shop\.example\.com\/\*\*: Goes to web\/shop\/80/);
    },
    { permissions: ["clipboard-read", "clipboard-write"] },
  ),
);

test(
  "an expectation is judged after each edit, and kept in a file that is read again",
  withShop("request", async ({ page, problems }) => {
    await headline(page, "Goes to web/shop/80");
    await page.getByRole("button", { name: "Expect this" }).click();
    await page.getByLabel("Name of the expectation").fill("the shop is open");
    await page.keyboard.press("Enter");
    await showExpectations(page);
    const kept = page.locator(".expectation", { hasText: "the shop is open" });
    await kept.filter({ hasText: "holds" }).waitFor();

    await writeInto(page, "- services: [{name: shop", "1", 2);
    await kept.filter({ hasText: "fails" }).waitFor();
    await page.getByLabel("1 expectation fails").waitFor();
    await page.getByRole("button", { name: /^Expect this now/ }).click();
    await kept.filter({ hasText: "holds" }).waitFor();

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export" }).click(),
    ]);
    const file = await download.path();
    assert.match(await readFile(file, "utf8"), /^expectations:\n/m);
    await page.getByRole("button", { name: "Delete: the shop is open" }).click();
    await page.getByText("Keep what should not change").waitFor();
    const yaml = { name: "expectations.yaml", mimeType: "application/yaml", buffer: await readFile(file) };
    await page.getByLabel("File with expectations").setInputFiles(yaml);
    await kept.filter({ hasText: "holds" }).waitFor();
    assert.deepEqual(problems, []);
  }),
);
