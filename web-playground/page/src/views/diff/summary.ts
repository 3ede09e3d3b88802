import type { Diff, ResourceType } from "../../engine/types";
import { RESOURCE_TYPES, resourceCount } from "../shared/names";
import { count, list } from "../shared/words";

export type Change = "added" | "removed" | "changed";

export function changeOf({ before, after }: { before: unknown; after: unknown }): Change {
  if (before === null) return "added";
  return after === null ? "removed" : "changed";
}

const CHANGES: readonly Change[] = ["changed", "added", "removed"];

/** `routes of 2 hosts changed and 1 cluster added` */
export function resourcesInWords(resources: Diff["resources"]): string {
  const counted = (type: ResourceType, change: Change) => {
    const number = resources.filter((resource) => resource.type === type && changeOf(resource) === change).length;
    return number > 0 ? [`${resourceCount(type, number)} ${change}`] : [];
  };
  return list(RESOURCE_TYPES.flatMap((type) => CHANGES.flatMap((change) => counted(type, change))));
}

/** How little of all the change is. */
export function untouchedInWords(resources: Diff["resources"], now: number): string {
  const untouched = now - resources.filter((resource) => resource.after !== null).length;
  return `${count(untouched, "resource")} untouched`;
}
