import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";

const FIRST = 100;

interface Props<T> {
  items: readonly T[];
  render: (item: T) => ComponentChildren;
  /** What stands around the button. */
  more: (button: VNode) => VNode;
}

/** The first of many, and the rest when asked for. */
export const Capped = <T,>({ items, render, more }: Props<T>): VNode => {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, FIRST);
  const button = (
    <button type="button" class="button small" onClick={() => setAll(true)}>
      Show all {items.length.toLocaleString("en")}
    </button>
  );
  return (
    <>
      {shown.map(render)}
      {shown.length < items.length && more(button)}
    </>
  );
};
