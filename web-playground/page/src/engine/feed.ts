import type { Edit, EngineClient, View } from "./types";

const merge = (before: Edit, after: Edit): Edit => ({
  ...before,
  ...after,
  ...((before.files || after.files) && { files: { ...before.files, ...after.files } }),
});

const isEmpty = (edit: Edit): boolean => edit.settings === undefined && Object.keys(edit.files ?? {}).length === 0;

/** What the browser's profiler, and whoever observes measures, calls an edit. While its mark stands, one is under way. */
const edit = "edit";

const timed = (start: number): void => {
  performance.clearMeasures(edit);
  performance.measure(edit, { start });
};

export interface Feed {
  push(edit: Edit): void;
  /** Forgets what was not sent. */
  clear(): void;
  /** Whether all that was pushed has been answered. */
  readonly settled: boolean;
}

/** Hands edits to the engine, one at a time: what comes while one is being answered is sent together afterwards. */
export const createFeed = (
  engine: EngineClient,
  onView: (view: View, settled: boolean) => void,
  onError: (error: Error) => void,
): Feed => {
  let pending: Edit = {};
  let pendingSince = 0;
  let busy = false;

  const run = async (): Promise<void> => {
    busy = true;
    while (!isEmpty(pending)) {
      const sent = pending;
      const since = pendingSince;
      pending = {};
      try {
        const view = await engine.update(sent);
        onView(view, isEmpty(pending));
        timed(since);
      } catch (error) {
        onError(error instanceof Error ? error : new Error(String(error)));
      }
    }
    busy = false;
    performance.clearMarks(edit);
  };

  return {
    push: (next) => {
      if (isEmpty(pending)) pendingSince = performance.mark(edit).startTime;
      pending = merge(pending, next);
      if (!busy) void run();
    },
    clear: () => {
      pending = {};
    },
    get settled() {
      return !busy && isEmpty(pending);
    },
  };
};
