import type { ComponentChildren, VNode } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { step, type TreeRow } from "./tree-keys";
import { windowOf } from "./window";
import "./tree.css";

interface Props<Row extends TreeRow> {
  class?: string;
  label: string;
  rows: readonly Row[];
  rowHeight: number;
  active: string | null;
  /** The row is brought into view whenever this differs from before. */
  shown?: string | null;
  rowClass?: (row: Row) => string;
  render: (row: Row) => ComponentChildren;
  onActive: (row: Row) => void;
  onToggle: (row: Row, open: boolean) => void;
  onEnter: (row: Row) => void;
  onHover?: (row: Row | null) => void;
}

/** A tree of rows of one height, of which only those in view are in the document. */
export const Tree = <Row extends TreeRow>(props: Props<Row>): VNode => {
  const { rows, rowHeight, active, shown } = props;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const look = () => box.current && setView({ top: box.current.scrollTop, height: box.current.clientHeight });

  useLayoutEffect(() => {
    const observer = new ResizeObserver(look);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const indexOf = (row: string | null | undefined) => rows.findIndex((other) => other.id === row);
  /** Moves no more than needed, or, if it moves at all, to that share of the height. */
  const bringIntoView = (index: number, share?: number) => {
    if (!box.current || index < 0) return;
    const { scrollTop, clientHeight } = box.current;
    const top = index * rowHeight;
    const isAbove = top < scrollTop;
    const isInView = !isAbove && top + rowHeight <= scrollTop + clientHeight;
    if (isInView) return;
    const place = share !== undefined ? clientHeight * share : isAbove ? rowHeight : clientHeight - 2 * rowHeight;
    box.current.scrollTop = top - place;
  };
  const shownIsThere = indexOf(shown) >= 0;
  useEffect(() => bringIntoView(indexOf(shown), 1 / 3), [shown, shownIsThere]);

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
    const action = isShortcut ? null : step(rows, Math.max(indexOf(active), 0), event.key, page);
    const row = action && rows[action.index];
    if (!row) return;
    event.preventDefault();
    if (action.kind === "move") {
      props.onActive(row);
      bringIntoView(action.index);
    } else if (action.kind === "enter") props.onEnter(row);
    else props.onToggle(row, action.kind === "open");
  };
  const onFocus = () => {
    const first = rows[0];
    if (first && indexOf(active) < 0) props.onActive(first);
  };

  const { from, to } = windowOf(view, rowHeight, rows.length);
  const activeIndex = indexOf(active);
  return (
    <div
      class={`tree ${props.class ?? ""}`}
      ref={box}
      role="tree"
      aria-label={props.label}
      tabIndex={0}
      aria-activedescendant={activeIndex >= from && activeIndex < to ? `${id}-${activeIndex}` : undefined}
      onScroll={look}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      onPointerLeave={() => props.onHover?.(null)}
    >
      <div role="presentation" style={{ height: `${rows.length * rowHeight}px` }}>
        <div role="presentation" style={{ transform: `translateY(${from * rowHeight}px)` }}>
          {rows.slice(from, to).map((row, index) => (
            <div
              key={row.id}
              id={`${id}-${from + index}`}
              role="treeitem"
              class={`tree-row ${row.id === active ? "is-active" : ""} ${props.rowClass?.(row) ?? ""}`}
              style={{ height: `${rowHeight}px`, "--level": row.level }}
              aria-level={row.level}
              aria-posinset={row.position}
              aria-setsize={row.siblings}
              aria-expanded={row.open ?? undefined}
              aria-selected={row.id === active}
              onClick={() => {
                props.onActive(row);
                if (row.open !== null) props.onToggle(row, !row.open);
              }}
              onPointerEnter={() => props.onHover?.(row)}
            >
              <span class={`twisty ${row.open === null ? "" : row.open ? "is-open" : "is-closed"}`} />
              {props.render(row)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
};
