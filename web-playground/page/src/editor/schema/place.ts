import { yamlLanguage } from "@codemirror/lang-yaml";
import type { SyntaxNode } from "@lezer/common";

export type Path = readonly (string | number)[];

/** Where something is being written. */
export interface Place {
  /** `path` is that of the mapping of a key, or of the value itself. */
  kind: "key" | "value";
  path: Path;
  /** The other keys of the same mapping. */
  siblings: ReadonlySet<string>;
  /** What has been written of it. */
  from: number;
  to: number;
  /** Within braces or brackets. */
  inline: boolean;
  /** A key whose colon is there already. */
  hasColon: boolean;
}

/** Stands for what is being written, so that the rest can be parsed. */
const placeholder = "Qq0placeholder0qQ";

const textOf = (text: string, node: SyntaxNode): string =>
  text.slice(node.from, node.to).replace(/^(["'])(.*)\1$/, "$2");

const keyOf = (text: string, pair: SyntaxNode): string | null => {
  const key = pair.getChild("Key");
  return key && textOf(text, key);
};

const indexOf = (item: SyntaxNode): number => {
  let index = 0;
  for (let node = item.prevSibling; node; node = node.prevSibling) if (node.name === "Item") index++;
  return index;
};

const pathTo = (text: string, start: SyntaxNode | null): Path => {
  const path: (string | number)[] = [];
  for (let node = start; node; node = node.parent) {
    if (node.name === "Pair") path.unshift(keyOf(text, node) ?? "");
    if (node.name === "Item") path.unshift(indexOf(node));
  }
  return path;
};

const keysOf = (text: string, mapping: SyntaxNode): ReadonlySet<string> =>
  new Set(mapping.getChildren("Pair").map((pair) => keyOf(text, pair) ?? ""));

const isInline = (start: SyntaxNode): boolean => {
  for (let node: SyntaxNode | null = start; node; node = node.parent) if (node.name.startsWith("Flow")) return true;
  return false;
};

const word = /[\w./-]*$/;
const value = /[:[,][ \t]+([^\s"'{}[\],#][^"'{}[\],#]*)?$/;

const closing: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/** The brackets that a line opens and does not close. */
const missing = (line: string): string => {
  const open: string[] = [];
  for (const [letter] of line.replace(/"[^"]*"|'[^']*'/g, "").matchAll(/[[\]{}]/g)) {
    const closer = closing[letter];
    if (closer) open.unshift(closer);
    else if (open[0] === letter) open.shift();
  }
  return open.join("");
};

/** Where the offset of a document is, also while its line is not complete; nothing in comments and within quotes. */
export const placeAt = (text: string, offset: number): Place | null => {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const before = text.slice(lineStart, offset);
  const after = text.slice(offset).split("\n", 1)[0]!;
  if (/(^|\s)#/.test(before)) return null;

  const typed = value.exec(before)?.[1] ?? word.exec(before)![0];
  const rest = /^[\w./-]*/.exec(after)![0];
  const from = offset - typed.length;
  const to = offset + rest.length;
  const hasColon = /^[ \t]*:(\s|$)/.test(after.slice(rest.length));
  const isNewKey = /^[ \t]*(- +)*$/.test(before.slice(0, before.length - typed.length)) && !hasColon;
  const lineEnd = offset + after.length;
  const written = placeholder + (isNewKey ? ":" : "") + text.slice(to, lineEnd) + missing(before + after);
  const repaired = text.slice(0, from) + written + text.slice(lineEnd);

  const node = yamlLanguage.parser.parse(repaired).resolveInner(from, 1);
  const parent = node.parent;
  if (node.name !== "Literal" || !parent || !repaired.slice(node.from, node.to).startsWith(placeholder)) return null;
  const common = { from, to, inline: isInline(node), hasColon };
  if (parent.name !== "Key") return { ...common, kind: "value", path: pathTo(repaired, parent), siblings: new Set() };
  const mapping = parent.parent?.parent;
  if (!mapping) return null;
  return { ...common, kind: "key", path: pathTo(repaired, mapping), siblings: keysOf(repaired, mapping) };
};

/** The path of the key that an offset of a document lies in. */
export const keyAt = (text: string, offset: number): { path: Path; from: number; to: number } | null => {
  for (
    let node: SyntaxNode | null = yamlLanguage.parser.parse(text).resolveInner(offset, 1);
    node;
    node = node.parent
  ) {
    if (node.name === "Key") return { path: pathTo(text, node.parent), from: node.from, to: node.to };
  }
  return null;
};
