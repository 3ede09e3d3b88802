import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import type { Piece } from "../engine/types";
import type { Workspace } from "../state/workspace";

const pause = 120;

export interface CursorFollower {
  extension: Extension;
  /** Asks what became of the place where the cursor rests. */
  ask(view: EditorView): void;
  stop(): void;
}

const isSame = (left: readonly Piece[], right: readonly Piece[]): boolean =>
  left.length === right.length &&
  left.every(({ type, name, pointer }, index) => {
    const other = right[index];
    return type === other?.type && name === other.name && pointer === other.pointer;
  });

export const createCursorFollower = (workspace: Workspace): CursorFollower => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  const askNow = async (offset: number) => {
    const turn = ++asked;
    const linked = await workspace.engine.at(workspace.active.peek(), offset).catch(() => null);
    const pieces = linked?.pieces ?? [];
    if (turn === asked && !isSame(pieces, workspace.linkedPieces.peek())) workspace.setLinked(pieces);
  };
  const ask = (view: EditorView) => {
    clearTimeout(timer);
    timer = setTimeout(() => void askNow(view.state.selection.main.head), pause);
  };

  return {
    ask,
    extension: EditorView.updateListener.of(({ selectionSet, view }) => {
      if (selectionSet) ask(view);
    }),
    stop: () => clearTimeout(timer),
  };
};
