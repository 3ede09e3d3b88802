import type { Piece, ResourceChange, ResourceType } from "../../engine/types";
import { groupBy } from "../shared/group";
import { compare, resourceKey, RESOURCE_GROUPS, RESOURCE_TYPES } from "../shared/names";
import type { TreeRow } from "../shared/tree-keys";

/** A type of resources, a resource, or a part of one. */
export type EnvoyRow = TreeRow & { key: string } & (
    | { kind: "group"; type: ResourceType; size: number }
    | { kind: "resource"; resource: ResourceChange; piece: Piece }
    | { kind: "part"; value: unknown; piece: Piece }
  );

export interface Tree {
  resources: readonly ResourceChange[];
  /** What of a resource is there to be shown. */
  content: (resource: ResourceChange) => unknown;
  isOpen: (id: string, byDefault: boolean) => boolean;
}

/** The rows of the tree, as far as it is open. */
export function envoyRows(tree: Tree): EnvoyRow[] {
  const groups = groupBy(tree.resources, (resource) => resource.type);
  const types = RESOURCE_TYPES.filter((type) => groups.has(type));
  return types.flatMap((type, index) => {
    const resources = groups.get(type) ?? [];
    const place = { level: 1, position: index + 1, siblings: types.length };
    const open = tree.isOpen(type, true);
    const group: EnvoyRow = {
      ...{ id: type, open, ...place },
      ...{ kind: "group", key: RESOURCE_GROUPS[type], type, size: resources.length },
    };
    if (!open) return [group];
    const sorted = resources.toSorted((a, b) => compare(a.title, b.title) || compare(a.name, b.name));
    return [group, ...sorted.flatMap((resource, at) => resourceRows(tree, resource, at + 1, sorted.length))];
  });
}

function resourceRows(tree: Tree, resource: ResourceChange, position: number, siblings: number): EnvoyRow[] {
  const piece = { type: resource.type, name: resource.name, pointer: "" };
  const id = idOf(piece);
  const open = tree.isOpen(id, false);
  const row: EnvoyRow = {
    ...{ id, open, level: 2, position, siblings },
    ...{ kind: "resource", key: resource.title, resource, piece },
  };
  return open ? [row, ...partRows(tree, tree.content(resource), piece, 3)] : [row];
}

/** Parts with no more than so many values below them are open from the start. */
const FEW = 12;

function partRows(tree: Tree, whole: unknown, piece: Piece, level: number): EnvoyRow[] {
  const entries = entriesOf(whole);
  return entries.flatMap(([key, value], index) => {
    const part = { ...piece, pointer: `${piece.pointer}/${escape(key)}` };
    const id = idOf(part);
    const open = entriesOf(value).length > 0 ? tree.isOpen(id, sizeOf(value, FEW) <= FEW) : null;
    const row: EnvoyRow = {
      ...{ id, open, level, position: index + 1, siblings: entries.length },
      ...{ kind: "part", key, value, piece: part },
    };
    return open ? [row, ...partRows(tree, value, part, level + 1)] : [row];
  });
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** How many values there are, counted no further than needed. */
function sizeOf(value: unknown, enough: number): number {
  let size = 1;
  for (const [, below] of entriesOf(value)) {
    if (size > enough) break;
    size += sizeOf(below, enough - size);
  }
  return size;
}

export function idOf(piece: Piece): string {
  return `${resourceKey(piece)} ${piece.pointer}`;
}

/** The ids of all that must be open for a piece to be seen. */
export function idsAbove(piece: Piece): string[] {
  const steps = piece.pointer.split("/").slice(1);
  const pointers = steps.map((_, index) => ["", ...steps.slice(0, index)].join("/"));
  return [piece.type, ...pointers.map((pointer) => idOf({ ...piece, pointer }))];
}

/** Whether one is a part of the other, or the same. */
export function holds(outer: Piece, inner: Piece): boolean {
  const isSame = outer.type === inner.type && outer.name === inner.name;
  return isSame && `${inner.pointer}/`.startsWith(`${outer.pointer}/`);
}

/** As RFC 6901 has it. */
function escape(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
