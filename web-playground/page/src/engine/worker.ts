import init, { Playground } from "#engine/isoline_playground.js";
import wasm from "#engine/isoline_playground_bg.wasm?url";
import type { Call, Reply } from "./protocol";
import type { Engine } from "./types";

/** Methods that answer with text that is meant as text. */
const textual: ReadonlySet<keyof Engine> = new Set(["version", "check", "translate"]);

const reply = (message: Reply): void => self.postMessage(message);
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const encode = (argument: unknown): string | number => {
  if (typeof argument === "string" || typeof argument === "number") return argument;
  return argument === undefined ? "" : JSON.stringify(argument);
};

const decode = (method: keyof Engine, answer: string | undefined): unknown =>
  answer === undefined || textual.has(method) ? answer : JSON.parse(answer);

/** Each answer is a measure in the browser's profiler. */
const ask = (engine: Playground, { method, args }: Call): unknown => {
  const start = performance.now();
  const value = decode(method, engine[method](...args.map(encode)));
  performance.clearMeasures(method);
  performance.measure(method, { start });
  return value;
};

const answer = (engine: Playground, call: Call): Reply => {
  const { id } = call;
  try {
    return { kind: "value", id, value: ask(engine, call) };
  } catch (error) {
    return { kind: error instanceof WebAssembly.RuntimeError ? "crash" : "error", id, message: words(error) };
  }
};

try {
  await init({ module_or_path: new URL(wasm, import.meta.url) });
  const engine = new Playground();
  self.onmessage = (event: MessageEvent<Call>) => reply(answer(engine, event.data));
  reply({ kind: "ready" });
} catch (error) {
  reply({ kind: "unavailable", message: words(error) });
}
