import { type Example, readExample } from "./example";

const sources = import.meta.glob<string>("../../../examples/*.yaml", { query: "?raw", import: "default" });

const nameOf = (path: string): string => path.replace(/^.*\//, "").replace(/\.yaml$/, "");

const byName = new Map(Object.entries(sources).map(([path, load]) => [nameOf(path), load]));

export const loadExample = async (name: string): Promise<Example | null> => {
  const load = byName.get(name);
  return load ? readExample(name, await load()) : null;
};

export const loadExamples = async (): Promise<readonly Example[]> => {
  const examples = await Promise.all([...byName.keys()].map(loadExample));
  return examples.filter((example) => example !== null);
};

/** What somebody sees who was never here. */
export const loadWelcome = async (): Promise<Example | null> => loadExample([...byName.keys()][0] ?? "");

export const searched = (examples: readonly Example[], words: string): readonly Example[] => {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return examples.filter((example) => {
    const { title, group, description, content } = example;
    const text = [title, group, description, ...content.files.map((file) => file.text)].join("\n").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
};

/** In the order in which the groups first come. */
export const grouped = (examples: readonly Example[]): readonly [string, readonly Example[]][] => {
  const groups = new Set(examples.map((example) => example.group));
  return [...groups].map((group) => [group, examples.filter((example) => example.group === group)]);
};
