// The engine as the page's worker has it: objects in, objects out.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const { Playground } = createRequire(import.meta.url)(`${root}/target/playground/node/isoline_playground.js`);

const text = (value) => (typeof value === "object" ? JSON.stringify(value) : value);
const parsed = (method, answer) => (["check", "translate", "version"].includes(method) ? answer : answer && JSON.parse(answer));

/** An engine with these files. */
export function engine(files = {}, settings = "") {
  const playground = new Playground();
  const it = new Proxy(playground, {
    get: (_, method) => (...args) => parsed(method, playground[method](...args.map(text))),
  });
  it.update({ files, settings });
  return it;
}
