// What the page looks like, for people to look at. Of these, docs/images has the request, light and dark.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { follow, quiet, ready } from "./shell.mjs";
import { root, withPage } from "./support.mjs";
import { writeInto } from "./tabs.mjs";

const folder = process.env.PICTURES ?? join(root, "target/playground/pictures");
await mkdir(folder, { recursive: true });

const open = async (page, name) => {
  await follow(page, `example/${name}`);
  for (const dismiss of await page.getByRole("button", { name: "Dismiss" }).all()) await dismiss.click();
};
const showTab = (page, name) => page.getByRole("tab", { name }).click();
/** Scenes of which a narrow screen shows the editor, or what lies over it. */
const showsEditor = new Set(["settings", "examples", "editor"]);

/** Each ends with what is to be seen. */
const scenes = {
  "status-mistakes": async (page) => {
    await open(page, "14-mistakes");
    await showTab(page, "Status");
  },
  inclusion: async (page) => {
    await open(page, "51-includes");
    await showTab(page, "Status");
    await page.getByLabel("Inclusion", { exact: true }).check();
  },
  envoy: async (page) => {
    await open(page, "51-includes");
    await page.locator(".editor-panel .cm-line", { hasText: "services" }).first().click();
    await showTab(page, "Envoy");
  },
  diff: async (page) => {
    await open(page, "12-paths");
    await showTab(page, "Diff");
    await page.getByRole("button", { name: "Pin this version" }).click();
    await writeInto(page, "prefix: /", "s", 0);
    await page.locator(".resource-diff").first().waitFor();
  },
  request: async (page) => {
    await open(page, "61-nlb");
    await showTab(page, "Request");
    await page.locator(".headline-text").waitFor();
  },
  expectations: async (page) => {
    await open(page, "31-canary");
    await page.locator(".editor-panel .cm-line", { hasText: "weight: 10" }).first().click();
    await page.keyboard.press("End");
    await page.keyboard.press("Control+Shift+k");
    await showTab(page, "Request");
    await page.getByLabel(/^Expectations/).check();
  },
  settings: async (page) => {
    await open(page, "61-nlb");
    await page.getByRole("button", { name: "Settings" }).click();
  },
  examples: async (page) => {
    await page.getByRole("button", { name: "Examples" }).click();
    await page.locator(".gallery-card").first().waitFor();
  },
  editor: async (page) => {
    await open(page, "14-mistakes");
  },
};

const sizes = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 800 } };

const picture = async (page, name) => {
  await page.evaluate(() => document.querySelector(".cm-scroller").scrollTo({ left: 0 }));
  await quiet(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
};

for (const [name, scene] of Object.entries(scenes)) {
  test(
    `picture: ${name}`,
    withPage(async ({ page }) => {
      await ready(page);
      await scene(page);
      for (const [size, viewport] of Object.entries(sizes)) {
        await page.setViewportSize(viewport);
        if (size === "phone" && !showsEditor.has(name)) await page.getByRole("button", { name: "Results" }).click();
        for (const colorScheme of ["light", "dark"]) {
          await page.emulateMedia({ colorScheme });
          await picture(page, `${name}-${colorScheme}-${size}`);
        }
      }
    }),
  );
}
