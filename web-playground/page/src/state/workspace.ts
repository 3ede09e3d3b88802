import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { App, TabName } from "../app";
import { EngineStopped, connect } from "../engine/client";
import { createFeed } from "../engine/feed";
import type {
  Diagnostic,
  Expectation,
  Fix,
  ObjectChange,
  Piece,
  Request,
  ResourceChange,
  SettingsView,
  Span,
  View,
} from "../engine/types";
import { type Content, emptyContent, isBlank, isSame, readContent } from "./content";
import { type Files, difference, freeName, renamed, withText, without } from "./files";
import { applyFix } from "./fix";
import { withObjects, withResources } from "./known";
import { type Layout, createLayout } from "./layout";
import { type Notices, createNotices } from "./notices";
import { load, save } from "./storage";

export type EngineState = { kind: "loading" } | { kind: "ready"; version: string } | { kind: "failed"; message: string };

/** What the shell and the editor know beyond what all parts share. */
export interface Workspace extends App {
  layout: Layout;
  notices: Notices;
  engineState: ReadonlySignal<EngineState>;
  /** The file in the editor. */
  active: Signal<string>;
  /** Where the editor should put its cursor. */
  jump: ReadonlySignal<Span | null>;
  /** What the editor should mark. */
  marked: ReadonlySignal<readonly Span[]>;
  setText(name: string, text: string): void;
  setLinked(pieces: readonly Piece[]): void;
  addFile(wanted: string, text: string): void;
  renameFile(from: string, to: string): void;
  closeFile(name: string): void;
  applyFix(fix: Fix): void;
  content: ReadonlySignal<Content>;
  /** Whether nothing was kept from before. */
  isNew: boolean;
  /** Whether somebody would miss the content: it is neither empty nor as it was opened. */
  isOwn: ReadonlySignal<boolean>;
  /** Puts content where nothing is yet. */
  begin(content: Content): void;
  /** Puts other content in place of all that is there, which can be undone for a while. */
  replace(content: Content, message: string): void;
}

const key = "isoline-playground";
const saveDelay = 400;
const restartsAtMost = 2;

const noSettings: SettingsView = { error: null, warnings: [] };

/** What is kept also says whether somebody changed it. */
const readKept = (value: unknown): { content: Content; isOwn: boolean } | null => {
  const content = readContent(value);
  return content && { content, isOwn: Object(value).isOwn !== false };
};

const keep = (content: ReadonlySignal<Content>, isOwn: ReadonlySignal<boolean>, onFull: () => void): void => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wasKept = true;
  const write = () => {
    clearTimeout(timer);
    const isKept = save(key, { ...content.peek(), isOwn: isOwn.peek() });
    if (wasKept && !isKept) onFull();
    wasKept = isKept;
  };
  effect(() => {
    void content.value;
    clearTimeout(timer);
    timer = setTimeout(write, saveDelay);
  });
  addEventListener("pagehide", write);
};

export const createWorkspace = (): Workspace => {
  const kept = readKept(load(key));
  const start = kept?.content ?? emptyContent;
  const layout = createLayout();
  const notices = createNotices();
  const engineState = signal<EngineState>({ kind: "loading" });

  const files = signal<Files>(start.files);
  const settingsText = signal(start.settings);
  const tab = signal<TabName>(start.tab);
  const request = signal<Request>(start.request);
  const expectations = signal<readonly Expectation[]>(start.expectations);
  const active = signal(start.files[0]!.name);

  const revision = signal(0);
  const diagnostics = signal<readonly Diagnostic[]>([]);
  const settings = signal(noSettings);
  const objects = signal<ReadonlyMap<string, ObjectChange>>(new Map());
  const resources = signal<ReadonlyMap<string, ResourceChange>>(new Map());
  const pinnedAt = signal<Date | null>(null);
  const linkedPieces = signal<readonly Piece[]>([]);
  const shownPiece = signal<Piece | null>(null);
  const jump = signal<Span | null>(null);
  const marked = signal<readonly Span[]>([]);

  const content = computed<Content>(() => ({
    files: files.value,
    settings: settingsText.value,
    request: request.value,
    expectations: expectations.value,
    tab: tab.value,
  }));

  const opened = signal<Content | null>(kept?.isOwn ? null : start);
  const isOwn = computed(() => !isBlank(content.value) && !(opened.value && isSame(content.value, opened.value)));

  /** What the engine has been told. */
  let told: { files: Files; settings: string } = { files: [], settings: "" };

  const take = (view: View, settled: boolean): void =>
    batch(() => {
      // While more is typed, places are those of a text that is gone; the next answer is near.
      if (settled) diagnostics.value = view.diagnostics;
      settings.value = view.settings;
      objects.value = withObjects(objects.peek(), view.objects);
      resources.value = withResources(resources.peek(), view.resources);
      revision.value++;
    });

  /** How often the engine was started again since somebody last wrote something. */
  let restarts = 0;

  const tellAnew = (message: string): void => {
    feed.clear();
    batch(() => {
      objects.value = new Map();
      resources.value = new Map();
      pinnedAt.value = null;
    });
    told = { files: [], settings: "" };
    restarts++;
    if (restarts > restartsAtMost) return notices.say(`The engine stops at what is written: ${message}. Change it to go on.`);
    notices.say(`The engine stopped and was started again: ${message}`);
    tell();
  };

  const { client: engine, ready } = connect(tellAnew);
  const feed = createFeed(engine, take, (error) => {
    if (!(error instanceof EngineStopped)) notices.say(error.message);
  });

  const tell = (): void => {
    const next = { files: files.value, settings: settingsText.value };
    const changes = difference(told.files, next.files);
    feed.push({
      ...(Object.keys(changes).length > 0 && { files: changes }),
      ...(told.settings !== next.settings && { settings: next.settings }),
    });
    told = next;
  };

  const reveal = (span: Span): void =>
    batch(() => {
      active.value = span.file;
      jump.value = { ...span };
      layout.pane.value = "editor";
    });

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

  ready.then(
    async () => {
      engineState.value = { kind: "ready", version: await engine.version() };
      effect(() => {
        restarts = 0;
        tell();
      });
    },
    (error: Error) => {
      engineState.value = { kind: "failed", message: error.message };
    },
  );
  keep(content, isOwn, () => notices.say("The browser's storage is full or closed: your work is not kept after a reload."));

  return {
    engine,
    files,
    settingsText,
    revision,
    diagnostics,
    settings,
    objects,
    resources,
    tab,
    tenant: signal(null),
    request,
    expectations,
    pinnedAt,
    linkedPieces,
    shownPiece,
    reveal,
    revealObject: async (object, field) => {
      const span = await engine.locate(object, field);
      if (span) reveal(span);
      else notices.say(`${object.kind} ${object.name} is not written in any file.`);
    },
    showPiece: (piece) =>
      batch(() => {
        shownPiece.value = { ...piece };
        tab.value = "envoy";
        layout.pane.value = "results";
      }),
    highlight: (spans) => {
      marked.value = spans;
    },
    announce: (message) => notices.say(message),

    layout,
    notices,
    engineState,
    active,
    jump,
    marked,
    content,
    isNew: kept === null,
    isOwn,
    begin: (next) => {
      put(next);
      opened.value = next;
    },
    setText: (name, text) => {
      files.value = withText(files.peek(), name, text);
    },
    setLinked: (pieces) => {
      linkedPieces.value = pieces;
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
    applyFix: (fix) => {
      if (!feed.settled) return notices.say("The text has just changed. Try again.");
      const before = files.peek();
      const { files: after, changed } = applyFix(before, fix);
      files.value = after;
      if (changed.length > 1) {
        const undo = () => setFiles(before, active.peek());
        notices.say(`${fix.title}: ${changed.length} files changed.`, { label: "Undo", run: undo });
      }
    },
    replace: (next, message) => {
      const before = content.peek();
      const undo = isBlank(before) ? undefined : { label: "Undo", run: () => put(before) };
      put(next);
      opened.value = next;
      notices.say(message, undo);
    },
  };
};

