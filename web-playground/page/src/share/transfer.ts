import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import type { File as Written, Files } from "../state/files";
import { joined } from "./copies";

const readable = /\.(ya?ml|json)$/i;
const largest = 8_000_000;
/** What the settings are called beside the files. */
const settingsName = "isoline-settings.yaml";

const save = (name: string, parts: BlobPart[], type: string): void => {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
};

export const downloadYaml = (files: Files): void =>
  save(files.length === 1 ? files[0]!.name : "isoline.yaml", [joined(files)], "application/yaml");

export const downloadZip = (files: Files, settings: string): void => {
  const entries = Object.fromEntries(files.map(({ name, text }) => [name, strToU8(text)]));
  const all = settings.trim() ? { ...entries, [settingsName]: strToU8(settings) } : entries;
  save("isoline.zip", [zipSync(all) as Uint8Array<ArrayBuffer>], "application/zip");
};

export interface Upload {
  files: Files;
  settings: string | null;
  /** Why some could not be taken. */
  refused: readonly string[];
}

interface Unpacked {
  files: Files;
  refused: readonly string[];
}

const unzip = (archive: string, bytes: Uint8Array): Unpacked => {
  let total = 0;
  const refused: string[] = [];
  const entries = unzipSync(bytes, {
    filter: ({ name, originalSize }) => {
      if (!readable.test(name) || name.startsWith("__MACOSX/")) return false;
      total += originalSize;
      if (total > largest) refused.push(`${name} is too large.`);
      return total <= largest;
    },
  });
  const files = Object.entries(entries).map(([name, data]): Written => ({
    name: name.replaceAll("/", "-"),
    text: strFromU8(data),
  }));
  return { files, refused: files.length + refused.length > 0 ? refused : [`${archive} has no YAML files.`] };
};

const read = async (file: File): Promise<Unpacked> => {
  const refuse = (reason: string): Unpacked => ({ files: [], refused: [`${file.name} ${reason}`] });
  if (file.size > largest) return refuse("is too large.");
  if (readable.test(file.name)) return { files: [{ name: file.name, text: await file.text() }], refused: [] };
  if (!/\.zip$/i.test(file.name)) return refuse("is neither YAML, JSON nor a zip of them.");
  try {
    return unzip(file.name, new Uint8Array(await file.arrayBuffer()));
  } catch {
    return refuse("cannot be unpacked.");
  }
};

export const readUpload = async (chosen: readonly File[]): Promise<Upload> => {
  const all = await Promise.all(chosen.map(read));
  const files = all.flatMap((unpacked) => unpacked.files);
  return {
    files: files.filter((file) => file.name !== settingsName),
    settings: files.find((file) => file.name === settingsName)?.text ?? null,
    refused: all.flatMap((unpacked) => unpacked.refused),
  };
};
