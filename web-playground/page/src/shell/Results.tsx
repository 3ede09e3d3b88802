import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { TabName } from "../app";
import { Tabs, panelId, tabId } from "../components/Tabs";
import type { Workspace } from "../state/workspace";
import { DiffTab } from "../views/diff";
import { EnvoyTab } from "../views/envoy";
import { RequestTab, failedExpectations } from "../views/request";
import { StatusTab } from "../views/status";
import { count } from "../views/shared/words";

const views = { status: StatusTab, envoy: EnvoyTab, diff: DiffTab, request: RequestTab } as const;
const titles: readonly [TabName, string][] = [
  ["status", "Status"],
  ["envoy", "Envoy"],
  ["diff", "Diff"],
  ["request", "Request"],
];

export const Results = ({ workspace }: { workspace: Workspace }): VNode => {
  const failed = useMemo(() => failedExpectations(workspace), [workspace]);
  const tab = workspace.tab.value;
  const View = views[tab];
  const tabs = titles.map(([name, title]) => ({
    name,
    label:
      name === "request" && failed.value > 0 ? (
        <>
          {title}
          <span class="count error" aria-label={count(failed.value, "expectation fails", "expectations fail")}>
            {failed.value}
          </span>
        </>
      ) : (
        title
      ),
  }));
  return (
    <section class="pane" aria-label="Results">
      <div class="pane-bar">
        <Tabs
          id="results"
          label="Results"
          tabs={tabs}
          selected={tab}
          onSelect={(name) => (workspace.tab.value = name)}
        />
      </div>
      <div
        class="pane-body"
        role="tabpanel"
        id={panelId("results")}
        aria-labelledby={tabId("results", tab)}
        tabIndex={0}
      >
        <View app={workspace} />
      </div>
    </section>
  );
};
