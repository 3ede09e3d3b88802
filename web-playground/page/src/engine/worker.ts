import init, { Playground } from "#engine";
import type { Call, Reply } from "./protocol";

const reply = (message: Reply): void => self.postMessage(message);
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const answer = (engine: Playground, { id, method, args }: Call): Reply => {
  try {
    const json = engine[method](...args.map((argument) => JSON.stringify(argument ?? null)));
    return { kind: "value", id, value: json === undefined ? undefined : JSON.parse(json) };
  } catch (error) {
    return { kind: error instanceof WebAssembly.RuntimeError ? "crash" : "error", id, message: words(error) };
  }
};

try {
  await init();
  const engine = new Playground();
  self.onmessage = (event: MessageEvent<Call>) => reply(answer(engine, event.data));
  reply({ kind: "ready" });
} catch (error) {
  reply({ kind: "unavailable", message: words(error) });
}
