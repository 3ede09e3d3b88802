import { signal, type Signal } from "@preact/signals";
import type { App } from "../../app";

const kept = new WeakMap<App, Map<string, Signal<unknown>>>();

/** A signal that is still there when its tab is shown again. */
export function keep<T>(app: App, name: string, initial: T): Signal<T> {
  const signals = kept.get(app) ?? new Map<string, Signal<unknown>>();
  kept.set(app, signals);
  const found = signals.get(name) ?? signal<unknown>(initial);
  signals.set(name, found);
  return found as Signal<T>;
}
