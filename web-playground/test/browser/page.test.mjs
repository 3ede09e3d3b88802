// The page as a browser sees it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { withPage } from "./support.mjs";

test(
  "the page opens within its own policy",
  withPage(async ({ page, server, problems }) => {
    await page.getByRole("heading").first().waitFor();
    await page.waitForLoadState("networkidle");

    assert.match(await page.title(), /Isoline/);
    assert.deepEqual(problems, []);
    assert.equal(server.requests.get("/"), 1);
  }),
);

test(
  "what the policy forbids is noticed",
  withPage(async ({ page, problems }) => {
    await page.evaluate(() => {
      const image = new Image();
      image.src = "http://elsewhere.example.com/image.png";
      return new Promise((resolve) => (image.onerror = resolve));
    });

    assert.match(problems.join("\n"), /forbidden: img-src http:\/\/elsewhere\.example\.com/);
  }),
);

test(
  "what the page throws is noticed",
  withPage(async ({ page, problems }) => {
    await page.evaluate(() => void setTimeout(() => { throw new Error("on purpose"); }));
    await page.waitForTimeout(100);

    assert.match(problems.join("\n"), /thrown: .*on purpose/);
  }),
);
