import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import type { App } from "../../../app";
import type { Outcome } from "../../../engine/types";

const PAUSE = 50;
const known = new WeakMap<App, ReadonlySignal<readonly Outcome[]>>();

/** What of each expectation does not hold, judged anew after each edit, in the order of the expectations. */
export function outcomes(app: App): ReadonlySignal<readonly Outcome[]> {
  const found = known.get(app) ?? judge(app);
  known.set(app, found);
  return found;
}

function judge(app: App): ReadonlySignal<readonly Outcome[]> {
  const judged = signal<readonly Outcome[]>([]);
  effect(() => {
    const expectations = app.expectations.value;
    if (app.revision.value === 0) return;
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const said = expectations.length > 0 ? await app.engine.expect([...expectations]) : [];
      if (isCurrent) judged.value = said;
    }, PAUSE);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  });
  return judged;
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
