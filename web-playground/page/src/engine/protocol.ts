import type { Engine } from "./types";

export interface Call {
  id: number;
  method: keyof Engine;
  args: readonly unknown[];
}

export type Reply =
  | { kind: "ready" }
  | { kind: "unavailable"; message: string }
  | { kind: "value"; id: number; value: unknown }
  | { kind: "error"; id: number; message: string }
  /** The engine is broken for good and has to be started anew. */
  | { kind: "crash"; id: number; message: string };
