import { yamlLanguage } from "@codemirror/lang-yaml";
import type { SyntaxNode } from "@lezer/common";

const parse = (text: string): SyntaxNode => yamlLanguage.parser.parse(text).topNode;

const mappingOf = (node: SyntaxNode | null | undefined): SyntaxNode | null =>
  node?.getChild("BlockMapping") ?? node?.getChild("FlowMapping") ?? null;

const pairOf = (text: string, mapping: SyntaxNode | null, key: string): SyntaxNode | undefined =>
  mapping?.getChildren("Pair").find((pair) => {
    const name = pair.getChild("Key");
    return name && text.slice(name.from, name.to) === key;
  });

const topMapping = (text: string): SyntaxNode | null => mappingOf(parse(text).getChild("Document"));

const splice = (text: string, from: number, to: number, insert: string): string =>
  text.slice(0, from) + insert + text.slice(to);

const appended = (text: string, block: string): string => {
  const before = text.trimEnd();
  return before ? `${before}\n${block}\n` : `${block}\n`;
};

/** The text with a top-level block in place of the one with the same key, or after all else. */
export const withBlock = (text: string, key: string, block: string): string => {
  const pair = pairOf(text, topMapping(text), key);
  return pair ? splice(text, pair.from, pair.to, block.trimEnd()) : appended(text, block.trimEnd());
};

/** The text without a top-level block. */
export const withoutBlock = (text: string, key: string): string => {
  const pair = pairOf(text, topMapping(text), key);
  if (!pair) return text;
  const lineEnd = text.indexOf("\n", pair.to);
  return splice(text, pair.from, lineEnd < 0 ? text.length : lineEnd + 1, "");
};

/** The text with `key: {field: value}`; whatever else the block has stays. */
export const withField = (text: string, key: string, field: string, value: string): string => {
  const block = pairOf(text, topMapping(text), key);
  const mapping = mappingOf(block);
  const written = `${field}: ${value}`;
  const pair = pairOf(text, mapping, field);
  if (pair) return splice(text, pair.from, pair.to, written);
  if (!mapping) return withBlock(text, key, `${key}:\n  ${written}`);
  if (mapping.name === "FlowMapping") {
    const rest = text.slice(mapping.from + 1, mapping.to - 1).trim();
    return splice(text, mapping.from, mapping.to, `{${written}${rest ? `, ${rest}` : ""}}`);
  }
  const first = mapping.getChild("Pair")?.from ?? mapping.from;
  const indent = first - text.lastIndexOf("\n", first - 1) - 1;
  return splice(text, first, first, `${written}\n${" ".repeat(indent)}`);
};

export const hasField = (text: string, key: string, field: string): boolean =>
  pairOf(text, mappingOf(pairOf(text, topMapping(text), key)), field) !== undefined;
