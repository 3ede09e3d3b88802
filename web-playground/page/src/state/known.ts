import type { ObjectChange, ObjectName, ResourceChange, ResourceName } from "../engine/types";

export const objectKey = ({ kind, namespace, name }: ObjectName): string => `${kind} ${namespace}/${name}`;

export const resourceKey = ({ type, name }: ResourceName): string => `${type} ${name}`;

/** What is there after a change; the same map if nothing changed. */
const changed = <T>(
  known: ReadonlyMap<string, T>,
  changes: readonly T[],
  key: (change: T) => string,
  exists: (change: T) => boolean,
): ReadonlyMap<string, T> => {
  if (changes.length === 0) return known;
  const result = new Map(known);
  for (const change of changes) {
    if (exists(change)) result.set(key(change), change);
    else result.delete(key(change));
  }
  return result;
};

export const withObjects = (known: ReadonlyMap<string, ObjectChange>, changes: readonly ObjectChange[]) =>
  changed(known, changes, objectKey, (change) => change.exists);

export const withResources = (known: ReadonlyMap<string, ResourceChange>, changes: readonly ResourceChange[]) =>
  changed(known, changes, resourceKey, (change) => change.version !== null);
