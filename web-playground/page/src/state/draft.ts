import { batch, computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { App, TabName } from "../app";
import type { Expectation, Request } from "../engine/types";
import { type Content, emptyContent, isBlank, isSame } from "./content";
import { type Files, freeName, renamed, withText, without } from "./files";
import type { Kept } from "./kept";
import type { Notices } from "./notices";

/** What a person writes here. */
export interface Draft {
  files: App["files"];
  settingsText: Signal<string>;
  request: Signal<Request>;
  expectations: Signal<readonly Expectation[]>;
  tab: Signal<TabName>;
  /** All of it as one. */
  content: ReadonlySignal<Content>;
  /** Whether nothing was kept from before. */
  isNew: boolean;
  /** Whether somebody would miss the content: it is neither empty nor as it was opened. */
  isOwn: ReadonlySignal<boolean>;
  /** The file in the editor. */
  active: Signal<string>;
  setText(name: string, text: string): void;
  /** Other files in place of all that are there, with one of them in the editor. */
  setFiles(files: Files, open: string): void;
  addFile(wanted: string, text: string): void;
  renameFile(from: string, to: string): void;
  closeFile(name: string): void;
  /** Puts content where nothing is yet. */
  begin(content: Content): void;
  /** Puts other content in place of all that is there, which can be undone for a while. */
  replace(content: Content, message: string): void;
}

export const createDraft = (kept: Kept | null, notices: Notices): Draft => {
  const start = kept?.content ?? emptyContent;
  const files = signal<Files>(start.files);
  const settingsText = signal(start.settings);
  const request = signal<Request>(start.request);
  const expectations = signal<readonly Expectation[]>(start.expectations);
  const tab = signal<TabName>(start.tab);
  const active = signal(start.files[0]!.name);
  const opened = signal<Content | null>(kept?.isOwn ? null : start);

  const content = computed<Content>(() => ({
    files: files.value,
    settings: settingsText.value,
    request: request.value,
    expectations: expectations.value,
    tab: tab.value,
  }));
  const isOwn = computed(() => !isBlank(content.value) && !(opened.value && isSame(content.value, opened.value)));

  const setFiles = (next: Files, open: string): void =>
    batch(() => {
      files.value = next;
      active.value = next.some((file) => file.name === open) ? open : next[0]!.name;
    });

  const put = (next: Content): void =>
    batch(() => {
      setFiles(next.files, next.files[0]!.name);
      settingsText.value = next.settings;
      request.value = next.request;
      expectations.value = next.expectations;
      tab.value = next.tab;
    });

  const begin = (next: Content): void => {
    put(next);
    opened.value = next;
  };

  return {
    files,
    settingsText,
    request,
    expectations,
    tab,
    content,
    isNew: kept === null,
    isOwn,
    active,
    setFiles,
    begin,
    setText: (name, text) => {
      files.value = withText(files.peek(), name, text);
    },
    addFile: (wanted, text) => {
      const name = freeName(files.peek(), wanted);
      setFiles([...files.peek(), { name, text }], name);
    },
    renameFile: (from, to) => setFiles(renamed(files.peek(), from, to), active.peek() === from ? to : active.peek()),
    closeFile: (name) => {
      const before = files.peek();
      const at = before.findIndex((file) => file.name === name);
      const rest = without(before, name);
      const neighbour = rest[Math.min(at, rest.length - 1)]?.name ?? "";
      setFiles(rest.length > 0 ? rest : emptyContent.files, active.peek() === name ? neighbour : active.peek());
      if (before[at]?.text.trim()) {
        notices.say(`${name} is closed.`, { label: "Undo", run: () => setFiles(before, name) });
      }
    },
    replace: (next, message) => {
      const before = content.peek();
      const undo = isBlank(before) ? undefined : { label: "Undo", run: () => put(before) };
      begin(next);
      notices.say(message, undo);
    },
  };
};
