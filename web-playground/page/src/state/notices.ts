import { type ReadonlySignal, signal } from "@preact/signals";

export interface Notice {
  id: number;
  message: string;
  action?: { label: string; run: () => void };
}

export interface Notices {
  shown: ReadonlySignal<readonly Notice[]>;
  say(message: string, action?: Notice["action"]): void;
  dismiss(id: number): void;
}

const briefly = 5_000;
/** What offers something stays long enough to be thought about. */
const withAction = 20_000;
const atMost = 3;

export const createNotices = (): Notices => {
  const shown = signal<readonly Notice[]>([]);
  let lastId = 0;
  const dismiss = (id: number) => {
    shown.value = shown.value.filter((notice) => notice.id !== id);
  };
  return {
    shown,
    dismiss,
    say: (message, action) => {
      const id = ++lastId;
      const others = shown.value.filter((notice) => notice.message !== message);
      shown.value = [...others, { id, message, ...(action && { action }) }].slice(-atMost);
      setTimeout(() => dismiss(id), action ? withAction : briefly);
    },
  };
};
