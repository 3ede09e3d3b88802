import { EditorState, type Extension, type TransactionSpec } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { effect, untracked } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Span } from "../engine/types";
import type { Workspace } from "../state/workspace";
import { underline } from "./diagnostics";
import { type CursorFollower, createCursorFollower } from "./cursor";
import { marks, setMarks } from "./marks";
import { replacement } from "./replacement";
import { schemaSupport } from "./schema";
import { yamlEditing } from "./setup";

const extensions = (workspace: Workspace, cursor: CursorFollower, onText: (text: string) => void): Extension => [
  yamlEditing("Objects, as YAML"),
  marks,
  cursor.extension,
  schemaSupport(workspace),
  EditorView.updateListener.of((update) => {
    if (update.docChanged) onText(update.state.doc.toString());
  }),
];

const toText = (state: EditorState, text: string): TransactionSpec | null => {
  const change = replacement(state.doc.toString(), text);
  return change && { changes: change, userEvent: "input.replace" };
};

const toSpan = ({ from, to }: Span, length: number): TransactionSpec => {
  const anchor = Math.min(from, length);
  return {
    selection: { anchor, head: Math.min(Math.max(from, to), length) },
    effects: EditorView.scrollIntoView(anchor, { y: "center" }),
    userEvent: "select.reveal",
  };
};

/** Keeps one view, and of each file what CodeMirror knows of it: undo history, cursor, folds. */
const mount = (parent: HTMLElement, workspace: Workspace): (() => void) => {
  const cursor = createCursorFollower(workspace);
  const shared = extensions(workspace, cursor, (text) => {
    written = text;
    workspace.setText(shown, text);
  });
  const states = new Map<string, EditorState>();
  const view = new EditorView({ parent });
  let shown = "";
  /** The text that came from here, which need not be compared. */
  let written = "";

  const textOf = (name: string): string => workspace.files.value.find((file) => file.name === name)?.text ?? "";

  const isOpen = (name: string): boolean => workspace.files.value.some((file) => file.name === name);

  const show = (name: string, text: string) => {
    const isRenamed = shown !== "" && !isOpen(shown) && !states.has(name) && text === written;
    if (isRenamed) shown = name;
    if (name !== shown) {
      states.set(shown, view.state);
      shown = name;
      written = "";
      view.setState(states.get(name) ?? EditorState.create({ doc: text, extensions: shared }));
    }
    const change = text === written ? null : toText(view.state, text);
    written = text;
    if (change) view.dispatch(change);
  };

  const forgetClosed = () => {
    for (const name of states.keys()) if (!isOpen(name)) states.delete(name);
  };

  const stops = [
    effect(() => {
      const name = workspace.active.value;
      const text = textOf(name);
      untracked(() => show(name, text));
      forgetClosed();
    }),
    effect(() => {
      const name = workspace.active.value;
      view.dispatch(underline(view.state, name, workspace.diagnostics.value, workspace.applyFix));
    }),
    effect(() => {
      const name = workspace.active.value;
      view.dispatch({ effects: setMarks.of(workspace.marked.value.filter((span) => span.file === name)) });
    }),
    effect(() => {
      void workspace.active.value;
      if (workspace.revision.value > 0) cursor.ask(view);
    }),
    effect(() => {
      const span = workspace.jump.value;
      if (!span) return;
      // Of effects that one batch sets off, this may run before the one that shows the file.
      untracked(() => show(span.file, textOf(span.file)));
      view.dispatch(toSpan(span, view.state.doc.length));
      view.focus();
    }),
  ];
  return () => {
    for (const stop of [...stops, cursor.stop]) stop();
    view.destroy();
  };
};

export const Editor = ({ workspace }: { workspace: Workspace }): VNode => {
  const parent = useRef<HTMLDivElement>(null);
  useEffect(() => mount(parent.current!, workspace), [workspace]);
  return <div class="editor" ref={parent} />;
};
