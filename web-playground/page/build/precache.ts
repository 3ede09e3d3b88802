import type { Plugin } from "vite";

const name = "sw.js";

const digest = async (parts: readonly (string | Uint8Array)[]): Promise<string> => {
  const bytes = await new Blob(
    parts.map((part) => (typeof part === "string" ? part : new Uint8Array(part))),
  ).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** Tells the service worker which files there are, and a version that changes with any of them. */
export const precache = (): Plugin => ({
  name: "precache",
  apply: "build",
  generateBundle: {
    order: "post",
    handler: async (_, bundle) => {
      const worker = bundle[name];
      if (worker?.type !== "chunk") throw new Error(`There is no ${name} to write the list of files into.`);
      const outputs = Object.values(bundle).filter((output) => output !== worker && !output.fileName.endsWith(".map"));
      const files = outputs.map((output) => output.fileName).sort();
      const contents = outputs.map((output) => (output.type === "chunk" ? output.code : output.source));
      const version = await digest([worker.code, ...contents]);
      worker.code = worker.code
        .replace("__FILES__", JSON.stringify(files))
        .replace("__VERSION__", JSON.stringify(version));
    },
  },
});
