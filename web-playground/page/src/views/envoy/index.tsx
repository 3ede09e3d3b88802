import { useComputed, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { App } from "../../app";
import { Announced } from "../shared/Announced";
import { useAnswer } from "../shared/answer";
import { Empty } from "../shared/Empty";
import { keep } from "../shared/kept";
import { resourceKey } from "../shared/names";
import { SearchField } from "../shared/SearchField";
import { Segments, Toggle } from "../shared/Segments";
import { Starting } from "../shared/Starting";
import { count, matchesWords } from "../shared/words";
import { contentsOf } from "./contents";
import { useContents } from "./loaded";
import { ResourceTree, type Active } from "./ResourceTree";
import { Selected } from "./Selected";
import { Whole } from "./Whole";
import "../shared/shared.css";
import "./envoy.css";

type Mode = "tree" | "whole";

/** What Envoy is told, linked to the lines that it came from. */
export const EnvoyTab = ({ app }: { app: App }): VNode => {
  const mode = keep<Mode>(app, "envoy mode", "tree");
  const search = keep(app, "envoy search", "");
  const inContents = keep(app, "envoy contents", false);
  const follow = keep(app, "envoy follow", true);
  const yaml = keep(app, "envoy yaml", false);
  const active = useSignal<Active | null>(null);
  const content = useContents(app);
  const contents = useAnswer(
    () => ({ revision: app.revision.value, wanted: inContents.value && search.value !== "" }),
    async ({ wanted }) => (wanted ? contentsOf(await app.engine.translate("json")) : null),
  );
  const resources = useComputed(() =>
    Array.from(app.resources.value.values()).filter((resource) => {
      const found = matchesWords(`${resource.title} ${resource.name}`, search.value);
      const within = inContents.value ? contents.value?.get(resourceKey(resource)) : undefined;
      return found || (within !== undefined && matchesWords(within, search.value));
    }),
  );

  if (app.revision.value === 0) return <Starting />;
  if (app.resources.value.size === 0) return <NothingYet />;
  const selected = active.value?.piece ? app.resources.value.get(resourceKey(active.value.piece)) : undefined;
  return (
    <div class="view">
      <div class="view-bar">
        <Segments
          label="How to show it"
          value={mode.value}
          options={[
            { value: "tree", label: "Resources" },
            { value: "whole", label: "Whole" },
          ]}
          onChange={(value) => (mode.value = value)}
        />
        {mode.value === "tree" && (
          <>
            <SearchField label="Search resources" text={search} />
            <Toggle label="In contents" on={inContents.value} onChange={(on) => (inContents.value = on)} />
            <Toggle label="Follow cursor" on={follow.value} onChange={(on) => (follow.value = on)} />
            <Toggle label="YAML" on={yaml.value} onChange={(on) => (yaml.value = on)} />
          </>
        )}
      </div>
      {mode.value === "whole" ? (
        <Whole app={app} />
      ) : (
        <>
          <Announced text={count(resources.value.length, "resource")} />
          {resources.value.length === 0 && <p class="nothing muted">No resource has these words.</p>}
          <ResourceTree app={app} resources={resources.value} content={content} follow={follow} active={active} />
          {yaml.value && <Selected app={app} resource={selected} content={content} />}
        </>
      )}
    </div>
  );
};

const NothingYet = (): VNode => (
  <Empty title="Envoy is told nothing yet">
    <p>
      As soon as a valid host is in the editor, its listeners, routes, clusters and endpoints are here, each linked to
      the lines that it came from.
    </p>
  </Empty>
);
