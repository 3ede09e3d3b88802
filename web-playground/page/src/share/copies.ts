import type { Diagnostic } from "../engine/types";
import type { Content } from "../state/content";
import type { Files } from "../state/files";

/** All files as one, for whoever takes one. */
export const joined = (files: Files): string =>
  files
    .map((file) => file.text.trimEnd())
    .filter(Boolean)
    .map((text) => `${text}\n`)
    .join("---\n");

/** A fence that the text does not end. */
const fenceFor = (text: string): string => {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map((run) => run.length));
  return "`".repeat(longest + 1);
};

const block = (title: string, text: string): string => {
  const fence = fenceFor(text);
  return `**${title}**\n\n${fence}yaml\n${text.trimEnd()}\n${fence}\n`;
};

const problem = ({ severity, file, line, message }: Diagnostic): string =>
  `- ${severity}, ${file}:${line}: ${message.replaceAll("\n", " ")}`;

/** For issues and chats: the files, what is wrong with them, and a link if there is one. */
export const asMarkdown = (content: Content, diagnostics: readonly Diagnostic[], link: string | null): string =>
  [
    ...content.files.filter((file) => file.text.trim()).map((file) => block(file.name, file.text)),
    ...(content.settings.trim() ? [block("Settings", content.settings)] : []),
    diagnostics.length > 0 ? `**Problems**\n\n${diagnostics.map(problem).join("\n")}\n` : "No problems.\n",
    ...(link ? [`[Open in the playground](${link})\n`] : []),
  ].join("\n");

/** A shell command that applies all files. */
export const asApply = (files: Files): string => {
  const yaml = joined(files);
  const lines = new Set(yaml.split("\n"));
  let delimiter = "EOF";
  for (let count = 2; lines.has(delimiter); count++) delimiter = `EOF${count}`;
  return `kubectl apply -f - <<'${delimiter}'\n${yaml}${delimiter}\n`;
};
