/** A value in a few words, for a part that is closed. */
export function summaryOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[${value.length}] ${nameIn(value[0])}`;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? "{}" : nameIn(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

const TELLING = ["name", "cluster", "prefix", "path", "path_separated_prefix", "key", "address", "@type"];

/** Where a route and a header say what they are called. */
const WITHIN = ["match", "header"];

/** The first field that tells parts apart, or what fields there are. */
function nameIn(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const telling = TELLING.find((key) => typeof Reflect.get(value, key) === "string");
  if (telling) return String(Reflect.get(value, telling));
  const within = WITHIN.find((key) => Reflect.has(value, key));
  return within ? nameIn(Reflect.get(value, within)) : Object.keys(value).join(", ");
}
