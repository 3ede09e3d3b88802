// What differs from the version that was pinned.
import assert from "node:assert/strict";
import { test } from "node:test";

import { withShop, writeInto } from "./tabs.mjs";

test(
  "an edit is told by how little it changes",
  withShop("diff", async ({ page, problems }) => {
    await page.getByRole("button", { name: "Pin this version" }).click();
    await page.getByText("Nothing differs").first().waitFor();

    await writeInto(page, "prefix: /login", "s", 3);
    await page.locator(".lead", { hasText: "routes of 1 host changed" }).waitFor();
    await page.locator(".resource-diff .cm-changedLine", { hasText: "/logins" }).first().waitFor();
    await page.getByText(/\d+ resources untouched/).waitFor();

    await page.getByRole("button", { name: "Unpin" }).click();
    await page.getByRole("button", { name: "Pin this version" }).waitFor();
    assert.deepEqual(problems, []);
  }),
);

test(
  "a status that differs is told in words",
  withShop("diff", async ({ page }) => {
    await page.getByRole("button", { name: "Pin this version" }).click();
    await writeInto(page, "services: [{name: login", "1", 2);
    const status = page.locator(".status-diff", { hasText: "accounts/login" });
    await status.filter({ hasText: "was valid" }).filter({ hasText: "is now invalid" }).waitFor();
  }),
);
