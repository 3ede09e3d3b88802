import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import type { Workspace } from "../state/workspace";

const pause = 120;

/** Asks what became of the place where the cursor rests. */
export const followCursor = (workspace: Workspace): Extension => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const ask = async (offset: number) => {
    const turn = ++asked;
    const linked = await workspace.engine.at(workspace.active.peek(), offset).catch(() => null);
    if (turn === asked) workspace.setLinked(linked?.pieces ?? []);
  };
  return EditorView.updateListener.of((update) => {
    if (!update.selectionSet && !update.docChanged) return;
    clearTimeout(timer);
    timer = setTimeout(ask, pause, update.state.selection.main.head);
  });
};
