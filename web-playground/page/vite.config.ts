import { defineConfig } from "vite";

/** Vite hands styles to a page in development in ways that the policy of the built page forbids. */
const policyOnlyInBuild = {
  name: "policy-only-in-build",
  apply: "serve" as const,
  transformIndexHtml: (html: string) => html.replace(/<meta http-equiv="Content-Security-Policy".*\n/, ""),
};

// Relative, so that the page works below any path.
export default defineConfig({
  base: "./",
  resolve: { alias: { "#engine": new URL("../../target/playground/engine/isoline_playground.js", import.meta.url).pathname } },
  plugins: [policyOnlyInBuild],
  server: { fs: { allow: ["../.."] } },
  build: { target: "es2023", outDir: "../../target/playground/page", emptyOutDir: true, assetsInlineLimit: 0 },
  worker: { format: "es" },
});
