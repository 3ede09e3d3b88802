import { defineConfig } from "vite";

// Relative, so that the page works below any path.
export default defineConfig({
  base: "./",
  build: { target: "es2023", outDir: "../../target/playground/page", emptyOutDir: true, assetsInlineLimit: 0 },
  worker: { format: "es" },
});
