import type { App } from "../../app";

/** Says what was copied, or that the browser does not allow it. */
export async function copy(app: App, what: string, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    app.announce(`Copied ${what}.`);
  } catch {
    app.announce("The browser does not allow this page to copy.");
  }
}

export function download(name: string, text: string, type = "application/yaml"): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
