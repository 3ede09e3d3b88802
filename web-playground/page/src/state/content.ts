import type { TabName } from "../app";
import type { Expectation, Request } from "../engine/types";
import type { Files } from "./files";

/** All that a person made here: what is kept, shared, opened. */
export interface Content {
  files: Files;
  settings: string;
  request: Request;
  expectations: readonly Expectation[];
  tab: TabName;
}

export const tabNames: readonly TabName[] = ["status", "envoy", "diff", "request"];

export const emptyRequest: Request = { url: "http://example.com/" };

export const emptyContent: Content = {
  files: [{ name: "proxies.yaml", text: "" }],
  settings: "",
  request: emptyRequest,
  expectations: [],
  tab: "status",
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const readFiles = (value: unknown): Files | null => {
  if (!Array.isArray(value) || value.length === 0) return null;
  const files = value.filter(
    (file): file is Files[number] => isFields(file) && typeof file.name === "string" && typeof file.text === "string",
  );
  const distinct = new Set(files.map((file) => file.name)).size === value.length;
  return distinct ? files.map(({ name, text }) => ({ name, text })) : null;
};

const isRequest = (value: unknown): value is Request => isFields(value) && typeof value.url === "string";

const isExpectation = (value: unknown): value is Expectation =>
  isFields(value) && typeof value.name === "string" && isRequest(value.request) && isFields(value.expect);

/** Reads what was kept or shared, maybe by another version; nothing if it has no files. */
export const readContent = (value: unknown): Content | null => {
  if (!isFields(value)) return null;
  const files = readFiles(value.files);
  if (!files) return null;
  return {
    files,
    settings: typeof value.settings === "string" ? value.settings : "",
    request: isRequest(value.request) ? value.request : emptyRequest,
    expectations: Array.isArray(value.expectations) ? value.expectations.filter(isExpectation) : [],
    tab: tabNames.find((tab) => tab === value.tab) ?? "status",
  };
};

/** Whether there is nothing in it that anybody would miss. */
export const isBlank = (content: Content): boolean =>
  content.files.every((file) => file.text.trim() === "") &&
  content.settings.trim() === "" &&
  content.expectations.length === 0;

/** Whether files, settings and expectations are the same. */
export const isSame = (left: Content, right: Content): boolean =>
  left.settings === right.settings &&
  left.files.length === right.files.length &&
  left.files.every(({ name, text }, index) => right.files[index]?.name === name && right.files[index].text === text) &&
  JSON.stringify(left.expectations) === JSON.stringify(right.expectations);
