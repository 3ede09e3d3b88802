import { useSignal, useSignalEffect, type ReadonlySignal } from "@preact/signals";
import type { App } from "../../app";
import type { ResourceChange } from "../../engine/types";

/** The resources that the last edit changed; none when the tab has just been opened. */
export function useChanges(app: App): ReadonlySignal<ReadonlySet<string>> {
  const changes = useSignal<ReadonlySet<string>>(new Set());
  const before = useSignal<ReadonlyMap<string, ResourceChange> | null>(null);
  useSignalEffect(() => {
    const now = app.resources.value;
    const last = before.peek();
    if (last === now) return;
    before.value = now;
    const isChanged = (key: string) => now.get(key)?.version !== last?.get(key)?.version;
    changes.value = new Set(last ? Array.from(now.keys()).filter(isChanged) : []);
  });
  return changes;
}
