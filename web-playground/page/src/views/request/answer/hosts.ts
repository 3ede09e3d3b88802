import type { ResourceChange } from "../../../engine/types";

const ENOUGH = 8;

/** Where something is served: the titles of scopes are `listener|host`. */
export function urlsOf(resources: Iterable<ResourceChange>): string[] {
  const urls = new Set<string>();
  for (const { type, title } of resources) {
    const [listener, host = "*"] = title.split("|");
    const scheme = listener === "http" ? "http" : "https";
    if (type === "scope" && host !== "*") urls.add(`${scheme}://${host.replace("*", "any")}/`);
    if (urls.size === ENOUGH) break;
  }
  return Array.from(urls).sort();
}
