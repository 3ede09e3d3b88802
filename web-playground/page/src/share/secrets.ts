import { yamlLanguage } from "@codemirror/lang-yaml";
import type { SyntaxNode } from "@lezer/common";
import type { Content } from "../state/content";

const hidden = '""';
const unreadable = "# A Secret that could not be read is left out.\n";
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

interface Blank {
  from: number;
  to: number;
  insert: string;
}

const blank = ({ from, to }: { from: number; to: number }, insert: string): Blank => ({ from, to, insert });

const isMapping = (node: SyntaxNode): boolean => node.name === "BlockMapping" || node.name === "FlowMapping";

/** What a scalar says, if it says it plainly. */
const plain = (text: string, node: SyntaxNode | null): string | null => {
  if (node?.name !== "Literal" && node?.name !== "QuotedLiteral") return null;
  const written = text.slice(node.from, node.to).trim();
  return written.includes("\\") ? null : written.replace(/^(["'])(.*)\1$/s, "$2");
};

const keyOf = (text: string, pair: SyntaxNode): string | null => plain(text, pair.getChild("Key")?.firstChild ?? null);

const valueOf = (pair: SyntaxNode): SyntaxNode | null => {
  const last = pair.lastChild;
  return last && last.name !== "Key" && last.name !== ":" ? last : null;
};

const valuesOf = (text: string, mapping: SyntaxNode, ...keys: (string | null)[]): SyntaxNode[] =>
  mapping
    .getChildren("Pair")
    .filter((pair) => keys.includes(keyOf(text, pair)))
    .flatMap((pair) => valueOf(pair) ?? []);

/** Whether an object may be a Secret: only one plain word for another kind says that it is none. */
const mayBeSecret = (text: string, mapping: SyntaxNode): boolean => {
  const kinds = valuesOf(text, mapping, "kind").map((value) => plain(text, value));
  return kinds.length !== 1 || kinds[0] === null || kinds[0] === "Secret";
};

const descendants = (node: SyntaxNode): SyntaxNode[] => {
  const all: SyntaxNode[] = [];
  node.cursor().iterate((reference) => void all.push(reference.node));
  return all;
};

const blankValues = (value: SyntaxNode): Blank[] =>
  isMapping(value)
    ? value.getChildren("Pair").flatMap((pair) => {
        const inner = valueOf(pair);
        return inner ? [blank(inner, hidden)] : [];
      })
    : [blank(value, "{}")];

/** Comments within a value and on its last line. */
const blankComments = (text: string, comments: readonly SyntaxNode[], value: SyntaxNode): Blank[] => {
  const lineEnd = text.indexOf("\n", value.to);
  const end = lineEnd < 0 ? text.length : lineEnd;
  return comments
    .filter((comment) => comment.from >= value.from && comment.from < end)
    .map((comment) => blank(comment, "#"));
};

const blanksOf = (text: string, secret: SyntaxNode, comments: readonly SyntaxNode[]): Blank[] => {
  // A key that is not plain may be one of these too.
  const data = valuesOf(text, secret, "data", "stringData", null);
  const applied = valuesOf(text, secret, "metadata")
    .flatMap((metadata) => valuesOf(text, metadata, "annotations"))
    .flatMap((annotations) => valuesOf(text, annotations, lastApplied, null));
  return [
    ...data.flatMap((value) => [...blankValues(value), ...blankComments(text, comments, value)]),
    ...applied.map((value) => blank(value, hidden)),
  ];
};

/** Without any of this a document has no key that could be `data`; most have none. */
const mayHoldData = /(^|[^A-Za-z])data\b|stringData|last-applied|\\/m;
const mentionsSecret = /\bkind\b[^]{0,20}Secret\b|\bstringData\b|^[\s-]*["']?data["']?\s*:/m;

const blanksIn = (text: string, document: SyntaxNode, comments: readonly SyntaxNode[]): Blank[] => {
  const nodes = descendants(document);
  const blanks = nodes
    .filter((node) => isMapping(node) && mayBeSecret(text, node))
    .flatMap((node) => blanksOf(text, node, comments));
  // Where the parser has to guess, or a value stands elsewhere, blanks may miss.
  const isBroken = nodes.some((node) => node.type.isError);
  const isIndirect = nodes.some((node) => node.name === "Alias");
  const isSuspect = blanks.length > 0 || mentionsSecret.test(text.slice(document.from, document.to));
  return isSuspect && (isBroken || isIndirect) ? [blank(document, unreadable)] : blanks;
};

/** Blanks that lie within others are part of them. */
const outermost = (blanks: readonly Blank[]): Blank[] => {
  const result: Blank[] = [];
  for (const next of [...blanks].sort((left, right) => left.from - right.from || right.to - left.to)) {
    const last = result.at(-1);
    if (!last || next.from >= last.to) result.push(next);
  }
  return result;
};

/** The text of a file without what its Secrets hold. In doubt more is left out. */
export const withoutSecretData = (text: string): string => {
  if (!mayHoldData.test(text)) return text;
  const stream = yamlLanguage.parser.parse(text).topNode;
  const isTorn = stream.getChildren("⚠").length > 0;
  if (isTorn && mentionsSecret.test(text)) return unreadable;
  const documents = stream.getChildren("Document").filter(({ from, to }) => mayHoldData.test(text.slice(from, to)));
  if (documents.length === 0) return text;
  const comments = descendants(stream).filter((node) => node.name === "Comment");
  const blanks = documents.flatMap((document) => blanksIn(text, document, comments));
  return outermost(blanks).reduceRight(
    (result, { from, to, insert }) => result.slice(0, from) + insert + result.slice(to),
    text,
  );
};

export const withoutSecrets = (content: Content): Content => ({
  ...content,
  files: content.files.map(({ name, text }) => ({ name, text: withoutSecretData(text) })),
});

export const isSameText = (left: Content, right: Content): boolean =>
  left.files.every((file, index) => file.text === right.files[index]?.text);
