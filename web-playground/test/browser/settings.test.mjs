// The controller's settings, and what is said of them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openAt, ready, settled } from "./shell.mjs";
import { withPage } from "./support.mjs";
import { shopContent, withShop } from "./tabs.mjs";

const openSettings = async (page) => {
  await page.getByRole("button", { name: "Settings" }).click();
  return page.getByRole("dialog", { name: "Settings of the controller" });
};

test(
  "what stands in front of Envoy is picked, and all else in the settings stays",
  withShop("status", async ({ page, problems }) => {
    const dialog = await openSettings(page);
    const text = dialog.getByRole("textbox", { name: "Settings, as YAML" });
    await text.fill("# ours\ncluster:\n  connectTimeout: 3s\n");
    await dialog.getByRole("button", { name: /^NLB with PROXY/ }).click();
    await text.filter({ hasText: "proxyProtocol: Required" }).filter({ hasText: "# ours" }).waitFor();

    await dialog.getByRole("button", { name: /^TLS ends in Envoy/ }).click();
    await text.filter({ hasNotText: "proxyProtocol" }).filter({ hasText: "# ours" }).waitFor();
    assert.deepEqual(problems, []);
  }),
);

test(
  "an error in the settings is said with its field, and seen from outside",
  withShop("status", async ({ page }) => {
    const dialog = await openSettings(page);
    await dialog.getByRole("textbox", { name: "Settings, as YAML" }).fill("loadBalancer: {mode: L5}\n");
    await dialog.getByRole("listitem").filter({ hasText: "loadBalancer.mode" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Settings" }).getByLabel("with an error").waitFor();
  }),
);

const whole = {
  ...shopContent("request"),
  settings: "loadBalancer:\n  mode: L4TLS\n",
  request: { url: "http://shop.example.com/login/kept", headers: [["x-a", "b"]] },
  expectations: [
    {
      name: "the login is there",
      request: { url: "http://shop.example.com/login" },
      expect: { answer: "forward", upstreams: ["accounts/login/80"] },
    },
  ],
};

const isWhole = async (page) => {
  assert.equal(await page.getByLabel("URL").inputValue(), whole.request.url);
  await page.getByText("Expectations 1").waitFor();
  const dialog = await openSettings(page);
  await dialog.getByRole("textbox", { name: "Settings, as YAML" }).filter({ hasText: "mode: L4TLS" }).waitFor();
  await page.keyboard.press("Escape");
};

test(
  "settings, request and expectations are there after a reload, and for whoever opens a link",
  withPage(
    async ({ page, problems }) => {
      await ready(page);
      await isWhole(page);
      await page.reload();
      await ready(page);
      await isWhole(page);

      await page.getByRole("button", { name: "Share" }).click();
      const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
      await page.evaluate(() => {
        onpagehide = () => localStorage.clear();
      });
      await openAt(page, link.split("#")[1]);
      await settled(page);
      await isWhole(page);
      assert.deepEqual(problems, []);
    },
    { kept: whole },
  ),
);
