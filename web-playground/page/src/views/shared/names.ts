import type { ObjectName, ResourceName, ResourceType } from "../../engine/types";
import { count } from "./words";

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

/** What a group of resources is called. */
export const RESOURCE_GROUPS: Record<ResourceType, string> = {
  listener: "Listeners",
  scope: "Routes by host",
  cluster: "Clusters",
  endpoints: "Endpoints",
  secret: "Secrets",
  extension: "Extensions",
  runtime: "Runtime",
};

/** So many resources of a type, in a sentence. */
export function resourceCount(type: ResourceType, number: number): string {
  switch (type) {
    case "scope":
      return `routes of ${count(number, "host")}`;
    case "endpoints":
      return `endpoints of ${count(number, "service")}`;
    case "runtime":
      return count(number, "runtime layer");
    default:
      return count(number, type);
  }
}
