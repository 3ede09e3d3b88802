import type { App } from "../app";

/** Puts text on the clipboard and says so. */
export const copy = async (app: App, text: string, what: string): Promise<void> => {
  try {
    await navigator.clipboard.writeText(text);
    app.announce(`${what} is copied.`);
  } catch {
    app.announce("The browser does not let the page copy. Select the text and copy it yourself.");
  }
};
