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
  useEffect(() => {
    if (!box.current) return;
    const state = EditorState.create({ doc: text, extensions: [reading(label), before === undefined ? [] : against(before)] });
    const view = new EditorView({ parent: box.current, state });
    return () => view.destroy();
  }, [label, text, before]);
  return <div class={`editor code-view ${style}`} ref={box} />;
};

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
