import type { SyntaxNode, Tree } from "@lezer/common";

export type Value = string | Value[] | { [key: string]: Value };

/** The document of a syntax tree as plain values. Scalars stay text; what is broken is left out. */
export function valueOf(tree: Tree, text: string): Value | undefined {
  const document = tree.topNode.getChild("Document");
  return document ? read(lastContent(document), text) : undefined;
}

function read(node: SyntaxNode | null, text: string): Value | undefined {
  switch (node?.name) {
    case "BlockMapping":
    case "FlowMapping":
      return readMapping(node, text);
    case "BlockSequence":
    case "FlowSequence":
      return node.getChildren("Item").flatMap((item) => read(lastContent(item), text) ?? []);
    case "Literal":
      return text.slice(node.from, node.to);
    case "QuotedLiteral":
      return unquote(text.slice(node.from, node.to));
    case "BlockLiteral":
      return text.slice(node.getChild("BlockLiteralContent")?.from ?? node.to, node.to).trim();
    case "Anchored":
    case "Tagged":
      return read(lastContent(node), text);
    default:
      return undefined;
  }
}

function readMapping(node: SyntaxNode, text: string): Value {
  const mapping: Record<string, Value> = {};
  for (const pair of node.getChildren("Pair")) {
    const key = read(pair.getChild("Key")?.firstChild ?? null, text);
    const value = read(lastContent(pair), text);
    if (typeof key === "string" && value !== undefined) mapping[key] = value;
  }
  return mapping;
}

const NO_CONTENT = new Set(["Comment", "Key", ":", "?", "Anchor", "Tag", "DirectiveEnd", "DocumentEnd", "⚠"]);

function lastContent(node: SyntaxNode): SyntaxNode | null {
  let child = node.lastChild;
  while (child && NO_CONTENT.has(child.name)) child = child.prevSibling;
  return child;
}

function unquote(quoted: string): string {
  if (quoted.startsWith("'")) return quoted.slice(1, -1).replaceAll("''", "'");
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}

/** What lies at a path; text, a list or nothing, as the caller takes it. */
export function at(value: Value | undefined, ...path: string[]): Value | undefined {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || Array.isArray(found)) return undefined;
    found = found[key];
  }
  return found;
}

export function textAt(value: Value | undefined, ...path: string[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

export function listAt(value: Value | undefined, ...path: string[]): Value[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
