import { defineConfig } from "vite";
import { precache } from "./build/precache.ts";

/** Vite hands styles to a page in development in ways that the policy of the built page forbids. */
const policyOnlyInBuild = {
  name: "policy-only-in-build",
  apply: "serve" as const,
  transformIndexHtml: (html: string) => html.replace(/<meta http-equiv="Content-Security-Policy".*\n/, ""),
};

const engine = new URL("../../target/playground/engine", import.meta.url).pathname;

// Relative, so that the page works below any path.
export default defineConfig({
  base: "./",
  resolve: { alias: { "#engine": engine } },
  plugins: [policyOnlyInBuild, precache()],
  server: { fs: { allow: ["../.."] } },
  build: {
    target: "es2023",
    outDir: "../../target/playground/page",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  worker: { format: "es" },
});
