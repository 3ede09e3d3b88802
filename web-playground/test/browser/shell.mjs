// What tests of the shell do again and again.
import { readFile } from "node:fs/promises";

/** Waits until the engine has been loaded and what was to be opened has been judged. */
export const ready = async (page) => {
  await page.locator(".head-version", { hasText: /^\d/ }).waitFor({ state: "attached" });
  await page.locator(".editor-panel .cm-content", { hasText: /\S/ }).waitFor({ state: "attached" });
  await settled(page);
};

/** Waits until the engine has answered to all that was written, and the page shows it. */
export const settled = (page) =>
  page.waitForFunction(async () => {
    const isBusy = () => performance.getEntriesByName("edit", "mark").length > 0;
    if (isBusy()) return false;
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return !isBusy();
  });

/** The text in the editor, as far as it is in view. */
export const written = (page) => page.locator(".editor-panel .cm-content").evaluate((content) => content.innerText);

/** Begins with an empty file and writes into it, indented as it is given. */
export const write = async (page, text) => {
  await choose(page, "Files", "Start empty");
  await page.locator(".editor-panel .cm-content").click();
  await page.keyboard.insertText(text);
  await settled(page);
};

export const choose = async (page, menu, item) => {
  await page.getByRole("button", { name: menu, exact: true }).click();
  await page.getByRole("menuitem", { name: item }).first().click();
};

/** Opens the page anew at a part of its address. */
export const openAt = async (page, hash) => {
  const url = page.url().split("#")[0];
  await page.goto("about:blank");
  await page.goto(`${url}#${hash}`);
  await page.locator(".notice, dialog[open]").first().waitFor();
  await ready(page);
};

/** Opens a part of the address in the page as it is. */
export const follow = async (page, hash) => {
  await page.evaluate((hash) => {
    for (const notice of document.querySelectorAll(".notice")) notice.dataset.old = "";
    location.hash = hash;
  }, hash);
  await page.locator(".notice:not([data-old]), dialog[open]").first().waitFor();
  await settled(page);
};

/** Waits until nothing on the page changes any more. */
export const quiet = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        let timer;
        const wait = () => {
          clearTimeout(timer);
          timer = setTimeout(() => (observer.disconnect(), resolve()), 150);
        };
        const observer = new MutationObserver(wait);
        observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
        wait();
      }),
  );

/** What somebody gets who takes a file from the page. */
export const downloaded = async (page, take) => {
  const [download] = await Promise.all([page.waitForEvent("download"), take()]);
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
};

/** The system's clipboard may be read and written. */
export const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };

export const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

/** Chooses files for upload. */
export const upload = async (page, files) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), choose(page, "Files", "Upload")]);
  await chooser.setFiles(files);
};
