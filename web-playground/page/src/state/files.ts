export interface File {
  readonly name: string;
  readonly text: string;
}

export type Files = readonly File[];

const extension = /\.(ya?ml|json)$/i;

/** A name that no file has yet: `shop.yaml`, `shop-2.yaml`, ... */
export const freeName = (files: Files, wanted: string): string => {
  const named = extension.test(wanted) ? wanted : `${wanted}.yaml`;
  const taken = new Set(files.map((file) => file.name));
  const dot = named.lastIndexOf(".");
  let name = named;
  for (let count = 2; taken.has(name); count++) name = `${named.slice(0, dot)}-${count}${named.slice(dot)}`;
  return name;
};

/** Why a file cannot have this name; nothing if it can. */
export const nameError = (files: Files, name: string, own: string): string | null => {
  if (!name) return "A file needs a name.";
  if (/[/\\\0]/.test(name)) return "A name has no slashes.";
  if (name !== own && files.some((file) => file.name === name)) return "Another file has this name.";
  return null;
};

export const withText = (files: Files, name: string, text: string): Files =>
  files.map((file) => (file.name === name ? { name, text } : file));

export const renamed = (files: Files, from: string, to: string): Files =>
  files.map((file) => (file.name === from ? { name: to, text: file.text } : file));

export const without = (files: Files, name: string): Files => files.filter((file) => file.name !== name);

/** The files that the engine has to be told of, to get from one set to another. */
export const difference = (before: Files, after: Files): Record<string, string | null> => {
  const known = new Map(before.map((file) => [file.name, file.text]));
  const changes: Record<string, string | null> = {};
  for (const { name, text } of after) {
    if (known.get(name) !== text) changes[name] = text;
    known.delete(name);
  }
  for (const name of known.keys()) changes[name] = null;
  return changes;
};
