import { yamlLanguage } from "@codemirror/lang-yaml";
import type { SyntaxNode } from "@lezer/common";
import type { Content } from "../state/content";

const hidden = '""';
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const unreadable = "# A Secret that could not be read is left out.\n";

interface Blank {
  from: number;
  to: number;
  insert: string;
}

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/s, "$2");

const isMapping = (node: SyntaxNode): boolean => node.name === "BlockMapping" || node.name === "FlowMapping";

const keyOf = (text: string, pair: SyntaxNode): string => {
  const key = pair.getChild("Key");
  return key ? unquoted(text.slice(key.from, key.to)) : "";
};

const valueOf = (pair: SyntaxNode): SyntaxNode | null => {
  const last = pair.lastChild;
  return last && last.name !== "Key" && last.name !== ":" ? last : null;
};

const field = (text: string, mapping: SyntaxNode, key: string): SyntaxNode | null => {
  const pair = mapping.getChildren("Pair").find((candidate) => keyOf(text, candidate) === key);
  return pair ? valueOf(pair) : null;
};

const blank = (node: SyntaxNode, insert: string): Blank => ({ from: node.from, to: node.to, insert });

const blankValues = (mapping: SyntaxNode): Blank[] =>
  isMapping(mapping)
    ? mapping.getChildren("Pair").flatMap((pair) => {
        const value = valueOf(pair);
        return value ? [blank(value, hidden)] : [];
      })
    : [blank(mapping, "{}")];

const blanksOf = (text: string, secret: SyntaxNode): Blank[] => {
  const metadata = field(text, secret, "metadata");
  const annotations = metadata && isMapping(metadata) ? field(text, metadata, "annotations") : null;
  const applied = annotations && isMapping(annotations) ? field(text, annotations, lastApplied) : null;
  return [
    ...["data", "stringData"].flatMap((key) => {
      const value = field(text, secret, key);
      return value ? blankValues(value) : [];
    }),
    ...(applied ? [blank(applied, hidden)] : []),
  ];
};

const isSecret = (text: string, node: SyntaxNode): boolean => {
  const kind = isMapping(node) ? field(text, node, "kind") : null;
  return kind !== null && unquoted(text.slice(kind.from, kind.to)) === "Secret";
};

const mentionsSecret = /\bkind["']?\s*:\s*["']?Secret\b/;

const blanksIn = (text: string, document: SyntaxNode): Blank[] => {
  const blanks: Blank[] = [];
  let isBroken = false;
  document.cursor().iterate((reference) => {
    if (reference.type.isError) isBroken = true;
    else if (isSecret(text, reference.node)) blanks.push(...blanksOf(text, reference.node));
  });
  // Where the parser had to guess, so would the blanks.
  const guessed = isBroken && mentionsSecret.test(text.slice(document.from, document.to));
  return guessed ? [blank(document, unreadable)] : blanks;
};

/** The text of a file without what its Secrets hold. */
export const withoutSecretData = (text: string): string => {
  if (!mentionsSecret.test(text)) return text;
  const documents = yamlLanguage.parser.parse(text).topNode.getChildren("Document");
  return documents
    .flatMap((document) => blanksIn(text, document))
    .sort((left, right) => right.from - left.from)
    .reduce((result, { from, to, insert }) => result.slice(0, from) + insert + result.slice(to), text);
};

export const withoutSecrets = (content: Content): Content => ({
  ...content,
  files: content.files.map(({ name, text }) => ({ name, text: withoutSecretData(text) })),
});

export const hasSecrets = (content: Content): boolean =>
  content.files.some((file) => withoutSecretData(file.text) !== file.text);
