import { batch, signal, type ReadonlySignal } from "@preact/signals";
import type { App } from "../app";
import type { EngineClient, Piece, Span } from "../engine/types";
import type { Draft } from "./draft";
import type { Layout } from "./layout";
import type { Notices } from "./notices";

/** What one part of the page shows another. */
export interface Pointing extends Pick<
  App,
  "linkedPieces" | "shownPiece" | "reveal" | "revealObject" | "showPiece" | "highlight"
> {
  /** Where the editor should put its cursor. */
  jump: ReadonlySignal<Span | null>;
  /** What the editor should mark. */
  marked: ReadonlySignal<readonly Span[]>;
  setLinked(pieces: readonly Piece[]): void;
}

export const createPointing = (draft: Draft, layout: Layout, engine: EngineClient, notices: Notices): Pointing => {
  const jump = signal<Span | null>(null);
  const marked = signal<readonly Span[]>([]);
  const linkedPieces = signal<readonly Piece[]>([]);
  const shownPiece = signal<Piece | null>(null);

  // Copies, so that the same place can be asked for again.
  const reveal = (span: Span): void =>
    batch(() => {
      draft.active.value = span.file;
      jump.value = { ...span };
      layout.pane.value = "editor";
    });

  return {
    jump,
    marked,
    linkedPieces,
    shownPiece,
    reveal,
    revealObject: async (object, field) => {
      const span = await engine.locate(object, field);
      if (span) reveal(span);
      else notices.say(`${object.kind} ${object.name} is not written in any file.`);
    },
    showPiece: (piece) =>
      batch(() => {
        shownPiece.value = { ...piece };
        draft.tab.value = "envoy";
        layout.pane.value = "results";
      }),
    highlight: (spans) => {
      marked.value = spans;
    },
    setLinked: (pieces) => {
      linkedPieces.value = pieces;
    },
  };
};
