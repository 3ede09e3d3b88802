import { effect, type ReadonlySignal } from "@preact/signals";
import { type Content, readContent } from "./content";
import { load, save } from "./storage";

const key = "isoline-playground";
const delay = 400;

export interface Kept {
  content: Content;
  /** Whether somebody changed what was opened. */
  isOwn: boolean;
}

export const loadKept = (): Kept | null => {
  const value = load(key);
  const content = readContent(value);
  return content && { content, isOwn: Object(value).isOwn !== false };
};

/** Keeps the content a moment after each change, and when the page is left. */
export const keep = (content: ReadonlySignal<Content>, isOwn: ReadonlySignal<boolean>, onFull: () => void): void => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wasKept = true;
  const write = () => {
    clearTimeout(timer);
    const isKept = save(key, { ...content.peek(), isOwn: isOwn.peek() });
    if (wasKept && !isKept) onFull();
    wasKept = isKept;
  };
  effect(() => {
    void content.value;
    clearTimeout(timer);
    timer = setTimeout(write, delay);
  });
  addEventListener("pagehide", write);
};
