import { yamlLanguage } from "@codemirror/lang-yaml";
import { objectKey } from "../shared/names";
import { listAt, textAt, valueOf, type Value } from "./yaml-value";

export type Manifests = ReadonlyMap<string, Value>;

/** The documents that were last read, by their text: an edit changes one of many. */
let known = new Map<string, readonly Value[]>();

/** The objects as they are written, by `kind namespace/name`. */
export function readManifests(files: readonly { text: string }[]): Manifests {
  const read = new Map<string, readonly Value[]>();
  const manifests = new Map<string, Value>();
  for (const text of files.flatMap((file) => file.text.split(/^---(?=\s|$)/m))) {
    const objects = known.get(text) ?? readDocument(text);
    read.set(text, objects);
    for (const object of objects) manifests.set(objectKey(nameOf(object)), object);
  }
  known = read;
  return manifests;
}

function readDocument(text: string): readonly Value[] {
  const value = valueOf(yamlLanguage.parser.parse(text), text);
  if (value === undefined) return [];
  return textAt(value, "kind").endsWith("List") ? listAt(value, "items") : [value];
}

function nameOf(object: Value) {
  return {
    kind: textAt(object, "kind"),
    namespace: textAt(object, "metadata", "namespace") || "default",
    name: textAt(object, "metadata", "name"),
  };
}
