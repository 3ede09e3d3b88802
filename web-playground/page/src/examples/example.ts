import type { App } from "../app";
import type { Expectation, Request } from "../engine/types";
import { type Content, emptyContent, readContent } from "../state/content";
import { toYaml } from "./yaml";

export interface Example {
  /** As in `#example/NAME`. */
  name: string;
  title: string;
  group: string;
  description: string;
  content: Content;
}

const directive = /^# ([a-z]+): (.*)$/;

/** Numbers put the examples in their order. */
const withoutOrder = (name: string): string => name.replace(/^\d+-/, "");

/** Reads an example: the comments at its top say what it is called and what goes with its objects. */
export const readExample = (name: string, source: string): Example => {
  const lines = source.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  const head = lines.slice(0, end < 0 ? lines.length : end);
  const said = new Map<string, string[]>();
  const comments: string[] = [];
  for (const line of head) {
    const [, key, value] = directive.exec(line) ?? [];
    if (key && value !== undefined) said.set(key, [...(said.get(key) ?? []), value]);
    else comments.push(line);
  }
  const first = (key: string): string => said.get(key)?.[0] ?? "";
  const json = <T>(key: string): T[] => (said.get(key) ?? []).map((value) => JSON.parse(value) as T);
  const [settings] = json<object>("settings");
  const [request] = json<Request>("request");
  const text = [...comments, ...lines.slice(head.length)].join("\n").trimStart();
  const content = readContent({
    files: [{ name: `${withoutOrder(name)}.yaml`, text }],
    settings: settings ? toYaml(settings) : "",
    request,
    expectations: json<Expectation>("expect"),
  });
  return {
    name,
    title: first("title") || name,
    group: first("group") || "Other",
    description: first("description"),
    content: content ?? emptyContent,
  };
};

/** Opened where somebody is looking already. */
export const asSeen = (app: App, example: Example): Content => ({ ...example.content, tab: app.tab.peek() });

export const openedMessage = ({ title }: Example): string => `The example "${title}" is open.`;
