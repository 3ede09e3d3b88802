const AROUND = 8;

/** Which rows of one height are in view, with some around them. */
export function windowOf(
  view: { top: number; height: number },
  rowHeight: number,
  rows: number,
): { from: number; to: number } {
  const first = Math.floor(view.top / rowHeight) - AROUND;
  const last = Math.ceil((view.top + view.height) / rowHeight) + AROUND;
  return { from: Math.max(0, Math.min(first, rows)), to: Math.min(rows, Math.max(0, last)) };
}
