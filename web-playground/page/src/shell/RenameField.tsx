import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { nameError } from "../state/files";
import type { Workspace } from "../state/workspace";

interface Props {
  workspace: Workspace;
  name: string;
  onDone: () => void;
}

/** In place of a tab: Enter takes the name, Escape leaves it. */
export const RenameField = ({ workspace, name, onDone }: Props): VNode => {
  const error = useSignal<string | null>(null);
  const done = useRef(false);
  const finish = (typed: string | null) => {
    if (done.current) return;
    done.current = true;
    const wanted = typed?.trim();
    const isFree = wanted && wanted !== name && !nameError(workspace.files.value, wanted, name);
    if (isFree) workspace.renameFile(name, wanted);
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
      onInput={({ currentTarget }) =>
        (error.value = nameError(workspace.files.value, currentTarget.value.trim(), name))
      }
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
