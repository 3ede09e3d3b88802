// Links, and what must not be in them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { choose, clipboard, copied, follow, openAt, ready, upload, write, written } from "./shell.mjs";
import { withPage } from "./support.mjs";

const linkOf = async (page, withSecrets = false) => {
  await page.getByRole("button", { name: "Share" }).click();
  if (withSecrets) await page.getByRole("checkbox").check();
  const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
  await page.keyboard.press("Escape");
  return link.split("#")[1];
};

/** What somebody else sees who opens the link. */
const opened = async (page, hash) => {
  await choose(page, "Files", "Start empty");
  await follow(page, hash);
  return written(page);
};

const secret = (body) => `kind: Secret\napiVersion: v1\nmetadata: {name: a}\n${body}`;
const secrets = {
  block: secret("data:\n  a: hush\n  b: |\n    hush\n    hush\n"),
  "in braces": '{kind: Secret, data: {a: hush, "b": "hush"}}',
  JSON: '{"kind":"List","items":[{"kind":"Secret","stringData":{"a":"hush"}}]}',
  twice: secret("data: {a: hush}\ndata: {b: hush}\n"),
  "by an anchor": `x: &x {a: hush}\n${secret("data: *x\n")}`,
  "with a tag": "kind: !!str Secret\ndata: !!map {a: !!binary hush}\n",
  escaped: '"k\\u0069nd": "Secre\\u0074"\n"dat\\u0061": {a: hush}\n',
  "in a comment": secret("data:\n  # hush\n  a: b # hush\n"),
  "as it was applied": secret(
    'metadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {"data": {"a": "hush"}}\n',
  ),
  broken: secret('data:\n  a: "hush\n b: : [\n  c: hush\n'),
};

test(
  "a link carries everything",
  withPage(async ({ page }) => {
    await ready(page);
    await write(page, "# \u00fc \u65e5\u672c \ud83d\ude00");
    await openAt(page, await linkOf(page));
    await page.getByRole("button", { name: "Open it" }).click();
    assert.match(await written(page), /# \u00fc \u65e5\u672c \ud83d\ude00/);
  }),
);

test(
  "who never was here sees what a link carries, and not the first example",
  withPage(async ({ page }) => {
    await ready(page);
    await write(page, "# theirs");
    const hash = await linkOf(page);
    await page.evaluate(() => addEventListener("pagehide", () => localStorage.clear()));
    await openAt(page, hash);
    await page.waitForLoadState("networkidle");
    assert.match(await written(page), /# theirs/);
  }),
);

test(
  "no link has what a Secret holds unless that is wished",
  withPage(async ({ page }) => {
    await ready(page);
    for (const [name, text] of Object.entries(secrets)) {
      await write(page, text);
      const [without, withSecrets] = [await linkOf(page), await linkOf(page, true)];
      assert.doesNotMatch(await opened(page, without), /hush/, name);
      assert.match(await opened(page, withSecrets), /hush/, name);
    }
  }),
);

test(
  "own work is replaced only after a question, and comes back",
  withPage(async ({ page }) => {
    await ready(page);
    await write(page, "# theirs");
    const hash = await linkOf(page);
    await write(page, "# mine");
    await openAt(page, hash);
    assert.match(await written(page), /# mine/);

    await page.getByRole("button", { name: "Open it" }).click();
    assert.match(await written(page), /# theirs/);
    await page.getByRole("button", { name: "Undo" }).last().click();
    assert.match(await written(page), /# mine/);
  }),
);

test(
  "a link that cannot be read says so",
  withPage(async ({ page, problems }) => {
    await ready(page);
    for (const [hash, said] of [
      ["share/1/AAAA", /broken/],
      ["share/1/", /broken/],
      ["share/99/AAAA", /newer version/],
      ["example/none", /no example/],
    ]) {
      await follow(page, hash);
      await page.locator(".notice", { hasText: said }).waitFor();
    }
    assert.deepEqual(problems, []);
  }),
);

test(
  "what is too long for a link is offered as a file",
  withPage(async ({ page }) => {
    await ready(page);
    const text = Array.from({ length: 2_000 }, (_, index) => `# ${Math.sin(index)}`).join("\n");
    await upload(page, [{ name: "long.yaml", mimeType: "application/yaml", buffer: Buffer.from(text) }]);
    await page.getByRole("button", { name: "Share" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download a zip" }).click();
    assert.equal((await download).suggestedFilename(), "isoline.zip");
  }),
);

test(
  "the command for a shell ends where the files end",
  withPage(async ({ page }) => {
    await ready(page);
    await write(page, "# a\nEOF\n# b");
    await choose(page, "Copy", "As kubectl apply");
    await page.getByText("is copied").waitFor();
    assert.equal(await copied(page), "kubectl apply -f - <<'EOF2'\n# a\nEOF\n# b\nEOF2\n");
  }, clipboard),
);
