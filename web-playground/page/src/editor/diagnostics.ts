import { type Diagnostic as Underlined, setDiagnostics } from "@codemirror/lint";
import type { EditorState, TransactionSpec } from "@codemirror/state";
import type { Diagnostic, Fix } from "../engine/types";

/** More underlines in one file help nobody and cost time. */
const atMost = 500;

/** The problems of one file as CodeMirror shows them. */
export const underline = (
  state: EditorState,
  file: string,
  diagnostics: readonly Diagnostic[],
  onFix: (fix: Fix) => void,
): TransactionSpec => {
  const { length } = state.doc;
  const shown = diagnostics
    .filter((diagnostic) => diagnostic.file === file && diagnostic.from <= length)
    .slice(0, atMost)
    .map(({ from, to, severity, message, reason, fixes }): Underlined => ({
      from,
      to: Math.min(Math.max(from, to), length),
      severity,
      message,
      source: reason,
      actions: fixes.map((fix) => ({ name: fix.title, apply: () => onFix(fix) })),
    }));
  return setDiagnostics(state, shown);
};
