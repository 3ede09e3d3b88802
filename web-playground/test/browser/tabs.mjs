// A small shop of two teams, opened in one of the tabs.
import { withPage } from "./support.mjs";

const shop = `apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: web, name: shop}
spec:
  virtualhost: {fqdn: shop.example.com}
  includes:
  - {name: login, namespace: accounts, conditions: [{prefix: /login}]}
  routes:
  - conditions: [{header: {name: x-canary, present: true}}]
    services: [{name: canary, port: 80}]
  - services: [{name: shop, port: 80}]
---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: accounts, name: login}
spec:
  routes:
  - services: [{name: login, port: 80}]
---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: accounts, name: lonely}
spec:
  routes:
  - services: [{name: login, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {namespace: web, name: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {namespace: accounts, name: login}
spec: {ports: [{port: 80}]}
`;

export const shopContent = (tab) => ({
  files: [{ name: "shop.yaml", text: shop }],
  settings: "",
  request: { url: "http://shop.example.com/" },
  expectations: [],
  tab,
});

/** In web/shop, the Service `canary` is missing. */
export const withShop = (tab, run, options) =>
  withPage(
    async (opened) => {
      await opened.page.locator(".problem", { hasText: "web/canary" }).waitFor({ state: "attached" });
      await run(opened);
    },
    { ...options, kept: shopContent(tab) },
  );

/** Writes at the end of the first line that holds a text, before its closing signs. */
export const writeInto = async (page, line, text, closing) => {
  await page.locator(".editor-panel .cm-line", { hasText: line }).first().click();
  await page.keyboard.press("End");
  for (let at = 0; at < closing; at++) await page.keyboard.press("ArrowLeft");
  await page.keyboard.type(text);
};

/** The line of the cursor. */
export const lineAtCursor = (page) => page.locator(".editor-panel .cm-activeLine");
