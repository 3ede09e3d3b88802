// After the first load nothing is fetched any more.
import assert from "node:assert/strict";
import { test } from "node:test";

import { clipboard, ready } from "./shell.mjs";
import { withPage } from "./support.mjs";
import { tour } from "./tour.mjs";

for (const below of ["/", "/tools/playground/"]) {
  test(
    `the page works without a network once it was loaded, at ${below}`,
    withPage(
      async ({ page, context, server, problems }) => {
        await ready(page);
        await page.waitForFunction(() => navigator.serviceWorker.controller);
        await server.close();
        await context.setOffline(true);

        await page.reload();
        await ready(page);
        await page.getByRole("button", { name: "Examples" }).click();
        await page.locator(".gallery-card").first().click();
        await page.getByText("is open").waitFor();

        assert.deepEqual(problems, []);
      },
      { below, serviceWorkers: "allow" },
    ),
  );
}

test(
  "nothing is asked of any server once the page is there, whatever is done",
  withPage(
    async ({ page, context, server, problems }) => {
      await ready(page);
      await page.waitForFunction(() => navigator.serviceWorker.controller);
      const asked = [];
      context.on("request", (request) => asked.push(request.url()));
      const before = server.count();

      await tour(page);

      assert.equal(server.count(), before);
      assert.deepEqual(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith("blob:")), []);
      assert.deepEqual(problems, []);
    },
    { ...clipboard, serviceWorkers: "allow" },
  ),
);
