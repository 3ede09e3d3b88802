import type { Fix } from "../engine/types";
import type { Files } from "./files";

type Edits = Fix["edits"];

const applied = (text: string, edits: Edits): string =>
  [...edits]
    .sort((left, right) => right.from - left.from)
    .reduce((result, { from, to, insert }) => result.slice(0, from) + insert + result.slice(to), text);

/** The files after a fix, and the names of those that it changes. */
export const applyFix = (files: Files, fix: Fix): { files: Files; changed: string[] } => {
  const changed = [...new Set(fix.edits.map((edit) => edit.file))];
  return {
    changed,
    files: files.map(({ name, text }) => ({
      name,
      text: applied(
        text,
        fix.edits.filter((edit) => edit.file === name),
      ),
    })),
  };
};
