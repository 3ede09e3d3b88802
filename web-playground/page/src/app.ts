import type { ReadonlySignal, Signal } from "@preact/signals";
import type { Diagnostic, EngineClient, Expectation, ObjectChange, ObjectName, Piece, Request, ResourceChange, SettingsView, Span } from "./engine/types";

export type TabName = "status" | "envoy" | "diff" | "request";

/** What every part of the page shares. Signals hold what is; methods change it. */
export interface App {
  engine: EngineClient;
  /** By name, in the order of the tabs above the editor. */
  files: ReadonlySignal<readonly { name: string; text: string }[]>;
  settingsText: Signal<string>;
  /** Counts the edits that the engine has taken: whatever is asked of the engine is asked anew when it rises. */
  revision: ReadonlySignal<number>;
  diagnostics: ReadonlySignal<readonly Diagnostic[]>;
  settings: ReadonlySignal<SettingsView>;
  /** Every object that is there, by `kind namespace/name`. */
  objects: ReadonlySignal<ReadonlyMap<string, ObjectChange>>;
  /** Every resource that is there, by `type name`. */
  resources: ReadonlySignal<ReadonlyMap<string, ResourceChange>>;
  tab: Signal<TabName>;
  /** The namespace through whose eyes the Status tab looks; nothing for all. */
  tenant: Signal<string | null>;
  request: Signal<Request>;
  expectations: Signal<readonly Expectation[]>;
  /** When the version that edits are compared with was pinned; nothing if none is. */
  pinnedAt: Signal<Date | null>;
  /** The pieces of Envoy's configuration that belong to where the cursor is. */
  linkedPieces: ReadonlySignal<readonly Piece[]>;
  /** Puts the cursor there and shows it. */
  reveal(span: Span): void;
  /** The same for an object, or a field of it. */
  revealObject(object: ObjectName, field?: string): Promise<void>;
  /** Shows a piece of Envoy's configuration in its tab. */
  showPiece(piece: Piece): void;
  /** The piece that the Envoy tab should bring into view. */
  shownPiece: ReadonlySignal<Piece | null>;
  /** Marks these spans in the editor without moving the cursor; an empty list removes the marks. */
  highlight(spans: readonly Span[]): void;
  /** A short notice for everybody, read out by screen readers. */
  announce(message: string): void;
}
