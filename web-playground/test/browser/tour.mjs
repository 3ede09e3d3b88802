// Every feature of the page, one after the other, for what must hold all the while.
import { choose, downloaded, follow, settled, upload, write } from "./shell.mjs";

const example = async (page, name) => {
  await page.getByRole("button", { name: "Examples", exact: true }).click();
  await page.getByRole("searchbox", { name: "Search examples" }).fill(name);
  await page.locator(".gallery-card").first().click();
  await settled(page);
};

const openDialogs = async (page) => {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await page.getByRole("button", { name: "Copy the link" }).click();
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: /^NLB with TLS/ }).click();
  await page.keyboard.press("Escape");
};

const takeAndGive = async (page) => {
  await choose(page, "Copy", "As Markdown");
  await choose(page, "Copy", "As kubectl apply");
  await downloaded(page, () => choose(page, "Files", "one YAML file"));
  await downloaded(page, () => choose(page, "Files", "zip"));
  await upload(page, [{ name: "more.yaml", mimeType: "application/yaml", buffer: Buffer.from("kind: Service\n") }]);
};

const seeTabs = async (page) => {
  await page.getByRole("tab", { name: "Status" }).click();
  await page.getByLabel("Inclusion", { exact: true }).check();
  await page.getByRole("tab", { name: "Envoy" }).click();
  await page.getByLabel("YAML", { exact: true }).check();
  await page.getByLabel("Whole", { exact: true }).check();
  await page.getByRole("tab", { name: "Diff" }).click();
  await page.getByRole("button", { name: "Pin this version" }).click();
  await page.getByRole("tab", { name: "Request" }).click();
  await page.getByRole("button", { name: "Expect this" }).click();
  await page.getByRole("button", { name: "Keep" }).click();
  await page.getByLabel(/^Expectations/).check();
};

const writeAndComplete = async (page) => {
  await write(page, "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nspec:\n  routes:\n  - ");
  await page.keyboard.press("Control+Space");
  await page.locator(".cm-tooltip-autocomplete li").first().waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+f");
  await page.keyboard.press("Escape");
};

export const tour = async (page) => {
  await example(page, "canary");
  await seeTabs(page);
  await openDialogs(page);
  await takeAndGive(page);
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await follow(page, "example/14-mistakes");
  await page.getByRole("button", { name: "Open it" }).click();
  await page.locator(".problem-fix").first().click();
  await writeAndComplete(page);
};
