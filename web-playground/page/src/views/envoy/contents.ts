import { resourceKey } from "../shared/names";
import type { ResourceType } from "../../engine/types";

const FIELDS: Record<string, ResourceType> = {
  listeners: "listener",
  scopes: "scope",
  clusters: "cluster",
  endpoints: "endpoints",
  secrets: "secret",
  extensions: "extension",
  runtime: "runtime",
};

/** The text of each resource of a configuration in JSON, in lower case, to search in. */
export function contentsOf(translation: string): ReadonlyMap<string, string> {
  const configuration: Record<string, Record<string, unknown>[]> = JSON.parse(translation);
  return new Map(
    Object.entries(FIELDS).flatMap(([field, type]) =>
      (configuration[field] ?? []).map((resource): [string, string] => {
        const name = String(resource["name"] ?? resource["cluster_name"]);
        return [resourceKey({ type, name }), JSON.stringify(resource).toLowerCase()];
      }),
    ),
  );
}
