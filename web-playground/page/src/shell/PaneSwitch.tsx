import type { VNode } from "preact";
import type { Pane } from "../state/layout";
import type { Workspace } from "../state/workspace";

const panes: readonly [Pane, string][] = [
  ["editor", "Editor"],
  ["results", "Results"],
];

/** On a narrow screen: which of the two panes is shown. */
export const PaneSwitch = ({ workspace }: { workspace: Workspace }): VNode => (
  <div class="pane-switch" role="group" aria-label="Pane">
    {panes.map(([pane, label]) => (
      <button
        type="button"
        key={pane}
        class="button"
        aria-pressed={workspace.layout.pane.value === pane}
        onClick={() => (workspace.layout.pane.value = pane)}
      >
        {label}
      </button>
    ))}
  </div>
);
