import { yaml } from "@codemirror/lang-yaml";
import { foldGutter } from "@codemirror/language";
import { unifiedMergeView } from "@codemirror/merge";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { yamlHighlighting } from "../../editor/highlighting";
import "../../editor/editor.css";
import "./code-view.css";

interface Props {
  label: string;
  text: string;
  /** What the text was before; then what differs is shown. */
  before?: string;
  class?: string;
}

/** YAML or JSON to read, select and search. */
export const CodeView = ({ label, text, before, class: style = "" }: Props): VNode => {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  useEffect(() => {
    if (!box.current) return;
    const extensions = [reading(label), before === undefined ? [] : against(before)];
    view.current = new EditorView({ parent: box.current, state: EditorState.create({ doc: text, extensions }) });
    return () => view.current?.destroy();
  }, [label, before]);
  useEffect(() => {
    const change = view.current && difference(view.current.state.doc.toString(), text);
    if (change) view.current?.dispatch({ changes: change });
  }, [text]);
  return <div class={`editor code-view ${style}`} ref={box} />;
};

/** The one stretch that differs, so that what is in view stays in view. */
function difference(old: string, now: string): { from: number; to: number; insert: string } | null {
  if (old === now) return null;
  const shorter = Math.min(old.length, now.length);
  let same = 0;
  while (same < shorter && old[same] === now[same]) same++;
  let end = 0;
  while (end < shorter - same && old.at(-1 - end) === now.at(-1 - end)) end++;
  return { from: same, to: old.length - end, insert: now.slice(same, now.length - end) };
}

const reading = (label: string): Extension => [
  lineNumbers(),
  foldGutter(),
  search({ top: true }),
  keymap.of(searchKeymap),
  yaml(),
  yamlHighlighting,
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", role: "textbox", "aria-readonly": "true" }),
];

const against = (before: string): Extension =>
  unifiedMergeView({
    original: before,
    mergeControls: false,
    gutter: true,
    highlightChanges: true,
    collapseUnchanged: { margin: 2, minSize: 4 },
  });
