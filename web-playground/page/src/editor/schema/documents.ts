import type { Text } from "@codemirror/state";

/** One of the documents of a file that `---` parts. */
export interface Document {
  from: number;
  text: string;
}

const border = /^---(\s|$)/;

/** The document around an offset; looks no further than its own lines. */
export const documentAt = (doc: Text, offset: number): Document => {
  let first = doc.lineAt(offset).number;
  let last = first;
  while (first > 1 && !border.test(doc.line(first).text)) first--;
  while (last < doc.lines && !border.test(doc.line(last + 1).text)) last++;
  const start = doc.line(first);
  const from = border.test(start.text) ? Math.min(start.to + 1, doc.length) : start.from;
  return { from, text: doc.sliceString(from, doc.line(last).to) };
};

const top = (text: string, key: string): string | null =>
  new RegExp(`^${key}:[ \\t]*["']?([^\\s"'#]+)`, "m").exec(text)?.[1] ?? null;

/** What a document says it is, even while the rest of it cannot be read. */
export const identityOf = (text: string): { apiVersion: string | null; kind: string | null; namespace: string } => ({
  apiVersion: top(text, "apiVersion"),
  kind: top(text, "kind"),
  namespace: /^metadata:[^]*?\bnamespace:[ \t]*["']?([\w.-]+)/m.exec(text)?.[1] ?? "default",
});
