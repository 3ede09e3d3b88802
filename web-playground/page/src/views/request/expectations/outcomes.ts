import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import type { App } from "../../../app";
import type { Outcome } from "../../../engine/types";
import { askAnew } from "../../shared/answer";

const known = new WeakMap<App, ReadonlySignal<readonly Outcome[]>>();

/** What of each expectation does not hold, judged anew after each edit, in the order of the expectations. */
export function outcomes(app: App): ReadonlySignal<readonly Outcome[]> {
  const found = known.get(app) ?? judge(app);
  known.set(app, found);
  return found;
}

function judge(app: App): ReadonlySignal<readonly Outcome[]> {
  const judged = signal<readonly Outcome[] | undefined>(undefined);
  const question = () => ({ revision: app.revision.value, expectations: app.expectations.value });
  effect(() =>
    askAnew(judged, question, async ({ revision, expectations }) => {
      const isNeeded = revision > 0 && expectations.length > 0;
      return isNeeded ? app.engine.expect([...expectations]) : [];
    }),
  );
  return computed(() => judged.value ?? []);
}

export function holds({ mismatches, error }: Outcome): boolean {
  return mismatches.length === 0 && error === null;
}

const failed = new WeakMap<App, ReadonlySignal<number>>();

/** How many expectations do not hold. */
export function failedExpectations(app: App): ReadonlySignal<number> {
  const all = outcomes(app);
  const found = failed.get(app) ?? computed(() => all.value.filter((outcome) => !holds(outcome)).length);
  failed.set(app, found);
  return found;
}
