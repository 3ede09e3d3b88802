import type { Engine } from "./types";

/** What wasm-bindgen writes. Arguments and answers are JSON. */
export default function init(): Promise<unknown>;

type Methods = Record<keyof Engine, (...args: string[]) => string | undefined>;

export const Playground: new () => Methods;
export type Playground = Methods;
