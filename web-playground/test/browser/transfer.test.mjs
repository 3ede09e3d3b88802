// Files come in and go out.
import assert from "node:assert/strict";
import { test } from "node:test";

import { choose, clipboard, copied, downloaded, ready, settled, upload, written } from "./shell.mjs";
import { require, withPage } from "./support.mjs";
import { withShop } from "./tabs.mjs";

const { strFromU8, strToU8, unzipSync, zipSync } = require("fflate");

const canary = `apiVersion: v1
kind: Service
metadata: {namespace: web, name: canary}
spec: {ports: [{port: 80}]}
`;
const file = (name, content) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
const files = (page) => page.locator(".filetab").allTextContents();
const canaryIsThere = (page) => page.locator(".problem", { hasText: "web/canary" }).waitFor({ state: "detached" });

test(
  "a file that is uploaded is known to the others",
  withShop("status", async ({ page }) => {
    await upload(page, [file("canary.yaml", canary)]);
    await canaryIsThere(page);
    assert.deepEqual(await files(page), ["shop.yaml", "canary.yaml"]);
  }),
);

test(
  "a zip is unpacked, with the settings that it holds",
  withShop("status", async ({ page }) => {
    const zip = zipSync({
      "a/canary.yaml": strToU8(canary),
      "isoline-settings.yaml": strToU8("loadBalancer:\n  mode: L4TLS\n"),
      "readme.txt": strToU8("no"),
    });
    await upload(page, [file("all.zip", zip)]);
    await canaryIsThere(page);
    assert.deepEqual(await files(page), ["shop.yaml", "a-canary.yaml"]);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("textbox", { name: "Settings, as YAML" }).filter({ hasText: "mode: L4TLS" }).waitFor();
  }),
);

test(
  "what is no YAML is refused by its name",
  withShop("status", async ({ page }) => {
    await upload(page, [file("picture.png", "no"), file("torn.zip", "no")]);
    const notice = page.locator(".notice", { hasText: "picture.png is neither" });
    await notice.filter({ hasText: "torn.zip cannot be unpacked" }).waitFor();
    assert.deepEqual(await files(page), ["shop.yaml"]);
  }),
);

test(
  "files may be dropped anywhere",
  withShop("status", async ({ page, problems }) => {
    const data = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "canary.yaml"));
      return transfer;
    }, canary);
    await page.dispatchEvent(".pane-body", "dragover", { dataTransfer: data });
    await page.getByText("Drop YAML, JSON or zip files").waitFor();
    await page.dispatchEvent(".editor-panel .cm-content", "drop", { dataTransfer: data });
    await canaryIsThere(page);
    assert.match(await written(page), /name: canary/);
    assert.deepEqual(problems, []);
  }),
);

test(
  "all is downloaded as one file, or as it is in a zip",
  withShop("status", async ({ page }) => {
    await upload(page, [file("canary.yaml", canary)]);
    await settled(page);
    const one = await downloaded(page, () => choose(page, "Files", "one YAML file"));
    assert.equal(one.name, "isoline.yaml");
    assert.match(String(one.content), /kind: HTTPProxy[^]*\n---\n[^]*name: canary/);

    const zip = await downloaded(page, () => choose(page, "Files", "zip"));
    const entries = unzipSync(new Uint8Array(zip.content));
    assert.deepEqual(Object.keys(entries).sort(), ["canary.yaml", "shop.yaml"]);
    assert.equal(strFromU8(entries["canary.yaml"]), canary);
  }),
);

const withSecret = {
  files: [{ name: "all.yaml", text: `${canary}---\nkind: Secret\nmetadata: {name: a}\nstringData: {token: hush}\n` }],
};

test(
  "Markdown for an issue has the files, the problems and a link, and nothing of Secrets",
  withPage(
    async ({ page }) => {
      await ready(page);
      await choose(page, "Copy", "As Markdown");
      await page.locator(".notice", { hasText: "copied" }).waitFor();
      const markdown = await copied(page);
      assert.match(markdown, /^\*\*all\.yaml\*\*\n\n```yaml\n[^]*kind: Secret[^]*```\n[^]*\(http.*#share\/1\/[\w-]+\)/);
      assert.doesNotMatch(markdown, /hush/);
    },
    { ...clipboard, kept: withSecret },
  ),
);
