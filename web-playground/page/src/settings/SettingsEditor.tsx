import { setDiagnostics } from "@codemirror/lint";
import { EditorState, type Text } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { effect } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { App } from "../app";
import { replacement } from "../editor/replacement";
import { yamlEditing } from "../editor/setup";

const offsetOf = (doc: Text, line = 1, column = 1): number => {
  const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(from + column - 1, to);
};

const mount = (parent: HTMLElement, app: App): (() => void) => {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: app.settingsText.peek(),
      extensions: [
        yamlEditing("Settings, as YAML"),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) app.settingsText.value = update.state.doc.toString();
        }),
      ],
    }),
  });
  const stops = [
    effect(() => {
      const change = replacement(view.state.doc.toString(), app.settingsText.value);
      if (change) view.dispatch({ changes: change });
    }),
    effect(() => {
      const { error } = app.settings.value;
      const from = offsetOf(view.state.doc, error?.line, error?.column);
      const to = Math.max(view.state.doc.lineAt(from).to, from);
      view.dispatch(
        setDiagnostics(view.state, error?.line ? [{ from, to, severity: "error", message: error.message }] : []),
      );
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    view.destroy();
  };
};

export const SettingsEditor = ({ app }: { app: App }): VNode => {
  const parent = useRef<HTMLDivElement>(null);
  useEffect(() => mount(parent.current!, app), [app]);
  return <div class="editor settings-editor" ref={parent} />;
};
