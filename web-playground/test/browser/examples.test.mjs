// Each example opens, and is as its head says.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { follow, ready, settled, written } from "./shell.mjs";
import { root, withPage } from "./support.mjs";

const folder = join(root, "web-playground/examples");
const names = (await readdir(folder)).map((file) => file.replace(/\.yaml$/, "")).sort();
const teachesInvalid = async (name) => /^# teaches: invalid$/m.test(await readFile(join(folder, `${name}.yaml`), "utf8"));

test(
  "every example opens by its link, valid unless it teaches what is not, and its expectations hold",
  withPage(async ({ page, problems }) => {
    await ready(page);
    for (const name of names) {
      await follow(page, `example/${name}`);
      await page.getByRole("tab", { name: `${name.replace(/^\d+-/, "")}.yaml` }).waitFor();
      const hasErrors = (await page.locator(".problem .icon[aria-label=error]").count()) > 0;
      assert.equal(hasErrors, await teachesInvalid(name), name);
      assert.equal(await page.getByLabel(/expectations? fails?$/).count(), 0, name);
      assert.deepEqual(problems, [], name);
    }
  }),
);

test(
  "the gallery has all of them, and finds them by their words",
  withPage(async ({ page }) => {
    await ready(page);
    await page.getByRole("button", { name: "Examples" }).click();
    const cards = page.locator(".gallery-card");
    await cards.first().waitFor();
    assert.equal(await cards.count(), names.length);

    await page.getByRole("searchbox", { name: "Search examples" }).fill("weight canary");
    await cards.filter({ hasText: "A canary" }).click();
    await settled(page);
    assert.match(await written(page), /weight/);
  }),
);

test(
  "an object of the old API is shown converted, and replaced by what it becomes",
  withPage(async ({ page, problems }) => {
    await ready(page);
    await follow(page, "example/73-ingressroute");
    await page.locator(".problem-fix", { hasText: /HTTPProxy/ }).first().click();
    await settled(page);
    assert.match(await written(page), /kind: HTTPProxy/);
    assert.deepEqual(problems, []);
  }),
);
