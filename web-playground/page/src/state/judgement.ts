import { batch, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { EngineStopped, connect } from "../engine/client";
import { createFeed } from "../engine/feed";
import type { Diagnostic, EngineClient, ObjectChange, ResourceChange, SettingsView, View } from "../engine/types";
import type { Draft } from "./draft";
import { type Files, difference } from "./files";
import { withObjects, withResources } from "./known";
import type { Notices } from "./notices";

export type EngineState =
  { kind: "loading" } | { kind: "ready"; version: string } | { kind: "failed"; message: string };

/** What the engine makes of the draft. */
export interface Judgement {
  engine: EngineClient;
  engineState: ReadonlySignal<EngineState>;
  revision: ReadonlySignal<number>;
  diagnostics: ReadonlySignal<readonly Diagnostic[]>;
  settings: ReadonlySignal<SettingsView>;
  objects: ReadonlySignal<ReadonlyMap<string, ObjectChange>>;
  resources: ReadonlySignal<ReadonlyMap<string, ResourceChange>>;
  pinnedAt: Signal<Date | null>;
  /** Whether it is about the draft as it is now. */
  isSettled(): boolean;
}

interface Told {
  files: Files;
  settings: string;
}

const nothing: Told = { files: [], settings: "" };
const restartsAtMost = 2;

export const createJudgement = ({ files, settingsText }: Draft, notices: Notices): Judgement => {
  const engineState = signal<EngineState>({ kind: "loading" });
  const revision = signal(0);
  const diagnostics = signal<readonly Diagnostic[]>([]);
  const settings = signal<SettingsView>({ error: null, warnings: [] });
  const objects = signal<ReadonlyMap<string, ObjectChange>>(new Map());
  const resources = signal<ReadonlyMap<string, ResourceChange>>(new Map());
  const pinnedAt = signal<Date | null>(null);

  let told = nothing;
  /** How often the engine was started again since somebody last wrote something. */
  let restarts = 0;

  const take = (view: View, settled: boolean): void =>
    batch(() => {
      // While more is typed, places are those of a text that is gone; the next answer is near.
      if (settled) diagnostics.value = view.diagnostics;
      settings.value = view.settings;
      objects.value = withObjects(objects.peek(), view.objects);
      resources.value = withResources(resources.peek(), view.resources);
      revision.value++;
    });

  const forget = (): void =>
    batch(() => {
      told = nothing;
      feed.clear();
      objects.value = new Map();
      resources.value = new Map();
      pinnedAt.value = null;
    });

  const tell = (): void => {
    const next: Told = { files: files.value, settings: settingsText.value };
    const changes = difference(told.files, next.files);
    feed.push({
      ...(Object.keys(changes).length > 0 && { files: changes }),
      ...(told.settings !== next.settings && { settings: next.settings }),
    });
    told = next;
  };

  const tellAnew = (message: string): void => {
    forget();
    restarts++;
    if (restarts > restartsAtMost)
      return notices.say(`The engine stops at what is written: ${message}. Change it to go on.`);
    notices.say(`The engine stopped and was started again: ${message}`);
    tell();
  };

  const { client: engine, ready } = connect(tellAnew);
  const feed = createFeed(engine, take, (error) => {
    if (!(error instanceof EngineStopped)) notices.say(error.message);
  });

  const begin = async (): Promise<void> => {
    await ready;
    engineState.value = { kind: "ready", version: await engine.version() };
    effect(() => {
      restarts = 0;
      tell();
    });
  };
  begin().catch((error: Error) => {
    engineState.value = { kind: "failed", message: error.message };
  });

  return {
    engine,
    engineState,
    revision,
    diagnostics,
    settings,
    objects,
    resources,
    pinnedAt,
    isSettled: () => feed.settled,
  };
};
