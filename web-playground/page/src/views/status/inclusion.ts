import type { Included, Inclusion } from "../../engine/types";
import { matchesWords } from "../shared/words";
import type { TreeRow } from "../shared/tree-keys";
import { inWords, type Condition } from "./conditions";

export interface InclusionRow extends TreeRow {
  namespace: string;
  name: string;
  /** Only of a root. */
  host: string | null;
  status: string;
  /** Under what the proxy is reached, from its root down. */
  words: string[];
  /** What is worth saying of its place in the tree. */
  note: string;
}

export interface Shown {
  search: string;
  onlyProblems: boolean;
  tenant: string | null;
  isOpen: (id: string) => boolean;
}

/** The rows of the tree, as far as it is open. */
export function inclusionRows(inclusion: Inclusion, shown: Shown): InclusionRow[] {
  const roots = inclusion.roots.filter((root) => some(root, (proxy) => isShown(proxy, root.host, shown)));
  const orphans = inclusion.orphans.map(orphan).filter((proxy) => isShown(proxy, "", shown));
  const siblings = roots.length + orphans.length;
  const rootRows = roots.flatMap((root, index) => {
    const place = { level: 1, position: index + 1, siblings };
    return rowsOf(root, `${root.namespace}/${root.name}`, place, shown, root.host);
  });
  const orphanRows = orphans.map((proxy, index) => {
    const place = { level: 1, position: roots.length + index + 1, siblings };
    return row(proxy, `orphan ${proxy.namespace}/${proxy.name}`, place, shown, null);
  });
  return [...rootRows, ...orphanRows];
}

type Place = Pick<TreeRow, "level" | "position" | "siblings">;

function rowsOf(proxy: Included, id: string, place: Place, shown: Shown, host: string | null): InclusionRow[] {
  const own = row(proxy, id, place, shown, host);
  if (!own.open) return [own];
  const below = proxy.children.flatMap((child, index) => {
    const under = { level: place.level + 1, position: index + 1, siblings: proxy.children.length };
    return rowsOf(child, `${id} ${index}`, under, shown, null);
  });
  return [own, ...below];
}

function row(proxy: Included, id: string, place: Place, shown: Shown, host: string | null): InclusionRow {
  const { namespace, name, status, children, cut } = proxy;
  const open = children.length > 0 ? shown.isOpen(id) : null;
  const note = cut ? "what it includes is shown elsewhere below this root" : "";
  return { id, ...place, open, namespace, name, host, status, words: inWords(proxy.conditions as Condition[]), note };
}

function orphan(name: string): Included {
  const [namespace = "", own = ""] = name.split("/");
  return { namespace, name: own, status: "orphaned", conditions: [], cut: false, children: [] };
}

function isShown(proxy: Included, host: string, { search, onlyProblems, tenant }: Shown): boolean {
  return (
    matchesWords(`${proxy.namespace}/${proxy.name} ${host}`, search) &&
    (!onlyProblems || proxy.status !== "valid") &&
    (!tenant || proxy.namespace === tenant)
  );
}

export function some(proxy: Included, test: (proxy: Included) => boolean): boolean {
  return test(proxy) || proxy.children.some((child) => some(child, test));
}
