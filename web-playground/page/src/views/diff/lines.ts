import { Chunk } from "@codemirror/merge";
import { Text } from "@codemirror/state";

/** How many lines were added and removed. */
export function changedLines(before: string, after: string): { added: number; removed: number } {
  const [a, b] = [toText(before), toText(after)];
  const sums = { added: 0, removed: 0 };
  for (const chunk of Chunk.build(a, b)) {
    sums.removed += linesIn(a, chunk.fromA, chunk.endA);
    sums.added += linesIn(b, chunk.fromB, chunk.endB);
  }
  return sums;
}

function toText(text: string): Text {
  return Text.of(text.split("\n"));
}

function linesIn(text: Text, from: number, end: number): number {
  return end <= from ? 0 : text.lineAt(end).number - text.lineAt(from).number + 1;
}
