import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../components/Icon";
import { inRow } from "../components/keys";
import { panelId, tabId } from "../components/Tabs";
import type { Workspace } from "../state/workspace";
import { RenameField } from "./RenameField";
import "./filetabs.css";

export const fileTabs = "files";

/** The files above the editor. F2 or a double click renames, Delete closes, arrow keys move. */
export const FileTabs = ({ workspace }: { workspace: Workspace }): VNode => {
  const renaming = useSignal<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const files = workspace.files.value;
  const active = workspace.active.value;

  const onAdd = () => {
    workspace.addFile("new.yaml", "");
    workspace.reveal({ file: workspace.active.value, from: 0, to: 0, line: 1, column: 1 });
  };
  const focusActive = () => list.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [active]);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = files.findIndex((file) => file.name === active);
    const next = inRow(event.key, at, files.length);
    if (next !== undefined) workspace.active.value = files[next]!.name;
    else if (event.key === "F2") renaming.value = active;
    else if (event.key === "Delete") workspace.closeFile(active);
    else return;
    event.preventDefault();
    if (event.key !== "F2") requestAnimationFrame(focusActive);
  };

  return (
    <div class="pane-bar filetabs">
      <div class="tabs" role="tablist" aria-label="Files" ref={list} onKeyDown={onKeyDown}>
        {files.map(({ name }, index) =>
          renaming.value === name ? (
            <RenameField
              key={name}
              workspace={workspace}
              name={name}
              onDone={() => {
                renaming.value = null;
                requestAnimationFrame(focusActive);
              }}
            />
          ) : (
            <button
              type="button"
              key={name}
              id={tabId(fileTabs, String(index))}
              class="tab filetab"
              role="tab"
              aria-selected={name === active}
              aria-controls={panelId(fileTabs)}
              aria-keyshortcuts="F2 Delete"
              tabIndex={name === active ? 0 : -1}
              title="Double click or F2 renames, Delete closes"
              onClick={() => (workspace.active.value = name)}
              onDblClick={() => (renaming.value = name)}
              onAuxClick={(event) => event.button === 1 && workspace.closeFile(name)}
            >
              {name}
            </button>
          ),
        )}
      </div>
      <button
        type="button"
        class="button quiet small"
        aria-label={`Close ${active}`}
        title="Close this file"
        onClick={() => workspace.closeFile(active)}
      >
        <Icon name="close" />
      </button>
      <button type="button" class="button quiet small" aria-label="New file" title="New file" onClick={onAdd}>
        <Icon name="add" />
      </button>
    </div>
  );
};
