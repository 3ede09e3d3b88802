import { useComputed, useSignal, useSignalEffect, type ReadonlySignal, type Signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { App } from "../../app";
import type { Piece, Resource, ResourceChange } from "../../engine/types";
import { keep } from "../shared/kept";
import { resourceKey } from "../shared/names";
import { Tree } from "../shared/Tree";
import { useChanges } from "./changes";
import { originsOf } from "./origins";
import { ResourceLine } from "./ResourceLine";
import { envoyRows, holds, idOf, idsAbove, type EnvoyRow } from "./rows";

interface Props {
  app: App;
  resources: readonly ResourceChange[];
  content: (resource: ResourceChange) => Resource | undefined;
  follow: ReadonlySignal<boolean>;
  active: Signal<Active | null>;
}

/** Fingers need more room than pointers. */
const ROW_HEIGHT = matchMedia("(pointer: coarse)").matches ? 36 : 24;

/** The row that the keyboard is at, and what it shows. */
export interface Active {
  id: string;
  piece: Piece | null;
}

export const ResourceTree = ({ app, resources, content, follow, active }: Props): VNode => {
  /** What was opened or closed by hand. */
  const toggled = keep<ReadonlyMap<string, boolean>>(app, "envoy open", new Map());
  /** The piece that was last asked for: what follows the cursor comes after it. */
  const seen = keep<Piece | null>(app, "envoy seen", null);
  const shown = useSignal<string | null>(null);
  const changes = useChanges(app);
  const origins = useMemo(() => originsOf(app), [app]);
  useEffect(() => origins.clear, [origins]);

  const setOpen = (ids: readonly string[], open: boolean) => {
    toggled.value = new Map([...toggled.peek(), ...ids.map((id): [string, boolean] => [id, open])]);
  };
  const bringIntoView = (piece: Piece) => {
    setOpen(idsAbove(piece), true);
    shown.value = idOf(piece);
  };
  useSignalEffect(() => {
    const wanted = app.shownPiece.value;
    const [linked] = app.linkedPieces.value;
    if (wanted && wanted !== seen.peek()) {
      seen.value = wanted;
      active.value = { id: idOf(wanted), piece: wanted };
      bringIntoView(wanted);
    } else if (follow.value && linked) bringIntoView(linked);
  });

  const rows = envoyRows({
    resources,
    content: (resource) => content(resource)?.json,
    isOpen: (id, byDefault) => toggled.value.get(id) ?? byDefault,
  });
  const flash = useComputed(() => `is-changed-${app.revision.value % 2}`);
  const rowClass = (row: EnvoyRow) => {
    const linked = isLinked(row, app.linkedPieces.value);
    const isChanged = row.kind !== "group" && changes.value.has(resourceKey(row.piece));
    const flashes = isChanged && (row.kind === "resource" || linked);
    return `${row.kind} ${linked ? "is-linked" : ""} ${flashes ? flash.value : ""}`;
  };
  const mark = (row: EnvoyRow | null) => origins.mark(row && pieceOf(row));
  return (
    <Tree
      label="Envoy configuration"
      class="resources"
      rows={rows}
      rowHeight={ROW_HEIGHT}
      active={active.value?.id ?? null}
      shown={shown.value}
      rowClass={rowClass}
      render={(row) => <ResourceLine row={row} onReveal={origins.reveal} />}
      onActive={(row) => {
        active.value = { id: row.id, piece: pieceOf(row) };
        mark(row);
      }}
      onToggle={(row, open) => setOpen([row.id], open)}
      onEnter={(row) => row.kind !== "group" && origins.reveal(row.piece)}
      onHover={mark}
    />
  );
};

function pieceOf(row: EnvoyRow): Piece | null {
  return row.kind === "group" ? null : row.piece;
}

/** A part lights up with what it belongs to, or for what it hides. */
function isLinked(row: EnvoyRow, linked: readonly Piece[]): boolean {
  if (row.kind === "group") return !row.open && linked.some((piece) => piece.type === row.type);
  return linked.some((piece) => holds(piece, row.piece) || (!row.open && holds(row.piece, piece)));
}
