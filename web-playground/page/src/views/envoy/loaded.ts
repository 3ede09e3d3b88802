import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { App } from "../../app";
import type { Resource, ResourceChange } from "../../engine/types";
import { resourceKey } from "../shared/names";

type Contents = ReadonlyMap<string, { version: string | null; resource: Resource }>;

/** The contents of resources, fetched when first asked for and again when they change. */
export function useContents(app: App): (resource: ResourceChange) => Resource | undefined {
  const contents = useSignal<Contents>(new Map());
  const asked = useRef(new Map<string, string | null>());
  return (change) => contentOf(app, contents, asked.current, change, (next) => (contents.value = next));
}

function contentOf(
  app: App,
  contents: ReadonlySignal<Contents>,
  asked: Map<string, string | null>,
  change: ResourceChange,
  keep: (contents: Contents) => void,
): Resource | undefined {
  const { type, name, version } = change;
  const key = resourceKey(change);
  if (asked.get(key) !== version) {
    asked.set(key, version);
    void app.engine.resource({ type, name }).then((resource) => {
      if (resource) keep(new Map(contents.peek()).set(key, { version, resource }));
    });
  }
  return contents.value.get(key)?.resource;
}
