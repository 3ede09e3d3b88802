// What tests of the shell do again and again.

/** Waits until the engine has been loaded and what is in the editor has been judged. */
export const ready = async (page) => {
  await page.locator(".head-version", { hasText: /^\d/ }).waitFor({ state: "attached" });
  await page.locator(".cm-content").waitFor();
  await settled(page);
};

/** Long enough for the engine's answer and for what is kept. */
export const settled = (page) => page.waitForTimeout(600);

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
  await ready(page);
};
