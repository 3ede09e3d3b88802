import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../components/Icon";
import { panelId, tabId } from "../components/Tabs";
import { nameError } from "../state/files";
import type { Workspace } from "../state/workspace";
import "./filetabs.css";

export const fileTabs = "files";

const RenameField = ({ workspace, name, onDone }: { workspace: Workspace; name: string; onDone: () => void }): VNode => {
  const error = useSignal<string | null>(null);
  const done = useRef(false);
  const finish = (typed: string | null) => {
    if (done.current) return;
    done.current = true;
    const wanted = typed?.trim();
    if (wanted && wanted !== name && !nameError(workspace.files.value, wanted, name)) workspace.renameFile(name, wanted);
    onDone();
  };
  return (
    <input
      class="filetab-name"
      aria-label={`New name of ${name}`}
      aria-invalid={error.value !== null}
      title={error.value ?? ""}
      defaultValue={name}
      size={Math.max(name.length, 8)}
      spellcheck={false}
      ref={(input) => {
        if (!input || document.activeElement === input) return;
        input.focus();
        input.setSelectionRange(0, name.lastIndexOf(".") > 0 ? name.lastIndexOf(".") : name.length);
      }}
      onInput={({ currentTarget }) => (error.value = nameError(workspace.files.value, currentTarget.value.trim(), name))}
      onBlur={({ currentTarget }) => finish(currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") finish(null);
        if (event.key !== "Enter") return;
        if (error.value) workspace.announce(error.value);
        else finish(event.currentTarget.value);
      }}
    />
  );
};

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
    const last = files.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
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
      <button type="button" class="button quiet small" aria-label={`Close ${active}`} title="Close this file" onClick={() => workspace.closeFile(active)}>
        <Icon name="close" />
      </button>
      <button type="button" class="button quiet small" aria-label="New file" title="New file" onClick={onAdd}>
        <Icon name="add" />
      </button>
    </div>
  );
};
