import type { Signal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useRef } from "preact/hooks";
import "./split.css";

interface Props {
  /** The share of the first pane, in percent; of the second if `measured` says so. */
  share: Signal<number>;
  direction: "row" | "column";
  label: string;
  measured?: "first" | "second";
  children: [ComponentChildren, ComponentChildren];
}

const smallest = 15;
const largest = 85;
const step = 2;
const clamp = (share: number): number => Math.min(largest, Math.max(smallest, Math.round(share * 10) / 10));

/** Two panes with a bar between that pointer and arrow keys move. */
export const Split = ({ share, direction, label, measured = "first", children }: Props): VNode => {
  const root = useRef<HTMLDivElement>(null);
  const isRow = direction === "row";
  const sign = measured === "first" ? 1 : -1;

  const onPointerMove = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = root.current!.getBoundingClientRect();
    const part = isRow ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
    share.value = clamp(measured === "first" ? part * 100 : 100 - part * 100);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const [less, more] = isRow ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    const moves: Record<string, number> = { [less!]: -step * sign, [more!]: step * sign };
    const target = { Home: smallest, End: largest }[event.key] ?? share.value + (moves[event.key] ?? NaN);
    if (Number.isNaN(target)) return;
    event.preventDefault();
    share.value = clamp(target);
  };

  const size = { flexBasis: `${share.value}%` };
  return (
    <div class={`split ${direction}`} ref={root}>
      <div class={measured === "first" ? "split-measured" : "split-rest"} style={measured === "first" ? size : {}}>
        {children[0]}
      </div>
      <div
        class="split-bar"
        role="separator"
        tabIndex={0}
        aria-label={label}
        aria-orientation={isRow ? "vertical" : "horizontal"}
        aria-valuenow={Math.round(share.value)}
        aria-valuemin={smallest}
        aria-valuemax={largest}
        onPointerDown={(event) => {
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={onPointerMove}
        onKeyDown={onKeyDown}
        onDblClick={() => (share.value = measured === "first" ? 50 : 25)}
      />
      <div class={measured === "second" ? "split-measured" : "split-rest"} style={measured === "second" ? size : {}}>
        {children[1]}
      </div>
    </div>
  );
};
