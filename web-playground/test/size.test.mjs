// What a visitor downloads before anything is shown.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { root } from "./engine.mjs";

test("the engine is at most 1 MiB compressed", async (test) => {
  const module = await readFile(`${root}/target/playground/engine/isoline_playground_bg.wasm`);
  const compressed = gzipSync(module, { level: 9 }).length;
  test.diagnostic(`${module.length} bytes, ${compressed} compressed`);
  assert.ok(compressed <= 1 << 20, `${compressed} bytes`);
});
