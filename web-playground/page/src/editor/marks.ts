import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

interface Range {
  from: number;
  to: number;
}

export const setMarks = StateEffect.define<readonly Range[]>();

const mark = Decoration.mark({ class: "cm-linked" });

const decorate = (ranges: readonly Range[], length: number): DecorationSet =>
  Decoration.set(
    ranges
      .map(({ from, to }) => ({ from, to: Math.min(to, length) }))
      .filter(({ from, to }) => from < to)
      .map(({ from, to }) => mark.range(from, to)),
    true,
  );

/** Places that another part of the page points at. */
export const marks: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (decorations, transaction) =>
    transaction.effects.reduce(
      (result, effect) => (effect.is(setMarks) ? decorate(effect.value, transaction.newDoc.length) : result),
      decorations.map(transaction.changes),
    ),
  provide: (field) => EditorView.decorations.from(field),
});
