/** A condition of an include, as it is written. */
export interface Condition {
  prefix?: string;
  exact?: string;
  regex?: string;
  header?: Comparison;
  queryParameter?: Comparison;
}

interface Comparison {
  name: string;
  present?: boolean;
  notpresent?: boolean;
  exact?: string;
  notexact?: string;
  contains?: string;
  notcontains?: string;
  prefix?: string;
  suffix?: string;
  regex?: string;
}

/** What the conditions of several includes come to, in words: paths are joined, the rest adds up. */
export function inWords(conditions: readonly Condition[]): string[] {
  const path = conditions.reduce((whole, { prefix }) => (prefix ? join(whole, prefix) : whole), "");
  const rest = conditions.flatMap((condition) => [
    ...(condition.exact ? [`exactly ${condition.exact}`] : []),
    ...(condition.regex ? [`of the form ${condition.regex}`] : []),
    ...(condition.header ? [`header ${must(condition.header)}`] : []),
    ...(condition.queryParameter ? [`query parameter ${must(condition.queryParameter)}`] : []),
  ]);
  return [...(path && path !== "/" ? [`under ${path}`] : []), ...rest];
}

function join(whole: string, part: string): string {
  return `${whole}/${part}`.replaceAll(/\/+/g, "/").replace(/(?<=.)\/$/, "");
}

function must(comparison: Comparison): string {
  return `${comparison.name} ${comparedTo(comparison)}`;
}

function comparedTo(comparison: Comparison): string {
  const quoted = (text: string) => JSON.stringify(text);
  const { exact, notexact, contains, notcontains, prefix, suffix, regex, notpresent } = comparison;
  if (exact) return `must be ${quoted(exact)}`;
  if (notexact) return `must not be ${quoted(notexact)}`;
  if (contains) return `must contain ${quoted(contains)}`;
  if (notcontains) return `must not contain ${quoted(notcontains)}`;
  if (prefix) return `must begin with ${quoted(prefix)}`;
  if (suffix) return `must end with ${quoted(suffix)}`;
  if (regex) return `must be of the form ${regex}`;
  return notpresent ? "must be absent" : "must be present";
}
