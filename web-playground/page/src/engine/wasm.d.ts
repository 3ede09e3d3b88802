import type { Engine } from "./types";

/** What wasm-bindgen writes. */
export default function init(source: { module_or_path: URL }): Promise<unknown>;

/** Text and numbers go in as they are, all else as JSON; text comes out as it is or as JSON. */
type Methods = Record<keyof Engine, (...args: (string | number)[]) => string | undefined>;

export const Playground: new () => Methods;
export type Playground = Methods;
