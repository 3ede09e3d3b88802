export interface TreeRow {
  id: string;
  /** From 1. */
  level: number;
  /** Nothing if there is nothing below it. */
  open: boolean | null;
  /** From 1, among its siblings. */
  position: number;
  siblings: number;
}

export interface Step {
  kind: "move" | "open" | "close" | "enter";
  index: number;
}

/** What a key does in a tree, as the ARIA practices have it. */
export function step(rows: readonly TreeRow[], index: number, key: string, page: number): Step | null {
  const row = rows[index];
  if (!row) return null;
  const move = (to: number): Step => ({ kind: "move", index: Math.max(0, Math.min(to, rows.length - 1)) });
  switch (key) {
    case "ArrowDown":
      return move(index + 1);
    case "ArrowUp":
      return move(index - 1);
    case "PageDown":
      return move(index + page);
    case "PageUp":
      return move(index - page);
    case "Home":
      return move(0);
    case "End":
      return move(rows.length - 1);
    case "ArrowRight":
      if (row.open === null) return null;
      return row.open ? move(index + 1) : { kind: "open", index };
    case "ArrowLeft":
      return row.open ? { kind: "close", index } : move(parentOf(rows, index));
    case " ":
      return row.open === null ? null : { kind: row.open ? "close" : "open", index };
    case "Enter":
      return { kind: "enter", index };
    default:
      return null;
  }
}

function parentOf(rows: readonly TreeRow[], index: number): number {
  const level = rows[index]?.level ?? 1;
  const above = rows.slice(0, index).findLastIndex((row) => row.level < level);
  return above < 0 ? index : above;
}
