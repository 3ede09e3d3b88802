import type { ObjectName, ResourceName, ResourceType } from "../../engine/types";

export function objectKey({ kind, namespace, name }: ObjectName): string {
  return `${kind} ${namespace}/${name}`;
}

export function resourceKey({ type, name }: ResourceName): string {
  return `${type} ${name}`;
}

export function byName(a: ObjectName, b: ObjectName): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

/** Plain order of characters: a collator takes seconds for thousands of names. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order in which a request meets them. */
export const RESOURCE_TYPES: readonly ResourceType[] = [
  "listener",
  "scope",
  "cluster",
  "endpoints",
  "secret",
  "extension",
  "runtime",
];

/** What a group of resources is called, and one or many of them in a sentence. */
export const RESOURCE_WORDS: Record<ResourceType, { group: string; one: string; many: string }> = {
  listener: { group: "Listeners", one: "listener", many: "listeners" },
  scope: { group: "Routes by host", one: "host's routes", many: "hosts' routes" },
  cluster: { group: "Clusters", one: "cluster", many: "clusters" },
  endpoints: { group: "Endpoints", one: "set of endpoints", many: "sets of endpoints" },
  secret: { group: "Secrets", one: "secret", many: "secrets" },
  extension: { group: "Extensions", one: "extension", many: "extensions" },
  runtime: { group: "Runtime", one: "runtime layer", many: "runtime layers" },
};
