// What axe finds, in both themes, wide and narrow.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { follow, quiet, ready } from "./shell.mjs";
import { require, withPage } from "./support.mjs";

const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

const findings = async (page) => {
  await quiet(page);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(
    ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html.slice(0, 80)).join(", ")}`,
  );
};

const wide = { width: 1280, height: 800 };
const narrow = { width: 390, height: 800 };

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [wide, narrow]) {
    test(
      `nothing is in the way of anybody: ${colorScheme}, ${viewport.width} wide`,
      withPage(
        async ({ page }) => {
          await ready(page);
          await follow(page, "example/14-mistakes");
          await page.evaluate(axe);
          assert.deepEqual(await findings(page), []);
          for (const name of ["Examples", "Share", "Settings"]) {
            await page.getByRole("button", { name }).click();
            await page.getByRole("dialog").waitFor();
            assert.deepEqual(await findings(page), [], name);
            await page.keyboard.press("Escape");
          }
          if (viewport === narrow) await page.getByRole("button", { name: "Results" }).click();
          for (const name of ["Status", "Envoy", "Diff", "Request"]) {
            await page.getByRole("tab", { name }).click();
            assert.deepEqual(await findings(page), [], name);
          }
        },
        { colorScheme, viewport },
      ),
    );
  }
}
