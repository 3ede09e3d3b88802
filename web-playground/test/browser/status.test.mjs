// Objects, inclusion, and the view of one namespace.
import assert from "node:assert/strict";
import { test } from "node:test";

import { lineAtCursor, withShop } from "./tabs.mjs";

test(
  "an object is shown as kubectl shows it, and what is wrong leads to its place",
  withShop("status", async ({ page, problems }) => {
    const row = page.getByRole("row", { name: "web/shop" }).first();
    await row.filter({ hasText: "shop.example.com" }).filter({ hasText: "invalid" }).waitFor();

    await page.locator(".finding", { hasText: "web/canary" }).click();
    await lineAtCursor(page).filter({ hasText: "name: canary" }).waitFor();
    assert.deepEqual(problems, []);
  }),
);

test(
  "the tree says under what each proxy is reached, and works by keyboard",
  withShop("status", async ({ page }) => {
    await page.getByLabel("Inclusion", { exact: true }).check();
    const rows = page.getByRole("treeitem");
    await rows.filter({ hasText: "accounts/login" }).filter({ hasText: "under /login" }).waitFor();
    await rows.filter({ hasText: "accounts/lonely" }).filter({ hasText: "no root includes it" }).waitFor();

    await page.getByRole("tree").focus();
    await page.keyboard.press("ArrowLeft");
    await rows.filter({ hasText: "accounts/login" }).waitFor({ state: "detached" });
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.classList.contains("cm-content"));
    assert.match(await page.evaluate(() => document.querySelector(".cm-activeLine").innerText), /apiVersion/);
  }),
);

test(
  "a namespace is told who includes it",
  withShop("status", async ({ page }) => {
    await page.getByLabel("Namespace").selectOption("accounts");
    const tenant = page.getByRole("region", { name: "Namespace accounts" });
    await tenant.getByRole("listitem").filter({ hasText: "web/shop includes accounts/login" }).waitFor();
    await tenant.getByText("It has no host of its own.").waitFor();
    assert.equal(await page.getByRole("row", { name: "web/shop" }).count(), 0);
  }),
);

test(
  "what is in order is left out when asked",
  withShop("status", async ({ page }) => {
    await page.getByLabel("Only with problems").check();
    await page.getByRole("row", { name: "accounts/login" }).waitFor({ state: "detached" });
    await page.getByRole("row", { name: "accounts/lonely" }).waitFor();
  }),
);
