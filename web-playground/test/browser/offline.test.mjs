// After the first load nothing is fetched any more.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ready } from "./shell.mjs";
import { withPage } from "./support.mjs";

test(
  "the page works without a network once it was loaded",
  withPage(async ({ page, context, server, problems }) => {
    await ready(page);
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await server.close();
    await context.setOffline(true);

    await page.reload();
    await ready(page);
    await page.getByRole("button", { name: "Examples" }).click();
    await page.locator(".gallery-card").first().click();

    assert.deepEqual(problems, []);
  }),
);
