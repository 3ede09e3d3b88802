import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Icon } from "../../components/Icon";
import type { Diff } from "../../engine/types";
import { CodeView } from "../shared/CodeView";
import { RESOURCE_GROUPS } from "../shared/names";
import { ResourceTitle } from "../shared/ResourceTitle";
import { changedLines } from "./lines";
import { changeOf } from "./summary";

interface Props {
  resource: Diff["resources"][number];
  openAtFirst: boolean;
}

/** A resource that differs, with the lines that differ below it when opened. */
export const ResourceDiff = ({ resource, openAtFirst }: Props): VNode => {
  const [open, setOpen] = useState(openAtFirst);
  const [before, after] = [resource.before ?? "", resource.after ?? ""];
  const { added, removed } = useMemo(() => changedLines(before, after), [before, after]);
  const change = changeOf(resource);
  return (
    <li class="resource-diff">
      <button type="button" class="diff-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "chevronDown" : "chevronRight"} />
        <span class={`change ${change}`}>{change}</span>
        <b>
          <ResourceTitle {...resource} />
        </b>
        <span class="muted">{RESOURCE_GROUPS[resource.type]}</span>
        <span class="diff-lines code">
          {added > 0 && <span class="added" aria-label={`${added} lines added`}>{`+${added}`}</span>}
          {removed > 0 && <span class="removed" aria-label={`${removed} lines removed`}>{`−${removed}`}</span>}
        </span>
      </button>
      {open && <CodeView label={`What changed in ${resource.title}`} text={after} before={before} />}
    </li>
  );
};
