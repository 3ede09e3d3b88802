import type { VNode } from "preact";
import type { App } from "../../app";
import { ObjectChip } from "../../components/ObjectChip";
import { toneOf } from "../../components/StatusBadge";
import type { Diff, Status } from "../../engine/types";
import { objectKey } from "../shared/names";
import { statusInWords } from "./status-words";

/** An object whose status differs: what it was and what it is. */
export const StatusDiff = ({ app, object }: { app: App; object: Diff["objects"][number] }): VNode => {
  const isThere = app.objects.value.has(objectKey(object));
  const { before, after } = object;
  return (
    <li class="status-diff">
      <ObjectChip object={object} {...(isThere ? { onOpen: () => void app.revealObject(object) } : {})} />
      {before && <Line label="was" status={before} />}
      {isThere && after && <Line label={before ? "is now" : "is new, and"} status={after} />}
      {isThere && !after && <p class="muted">is new</p>}
      {!isThere && <p class="muted">is gone</p>}
    </li>
  );
};

const Line = ({ label, status }: { label: string; status: Status }): VNode => (
  <p>
    <span class="muted">{label}</span> <span class={`said ${toneOf(status)}`}>{statusInWords(status)}</span>
  </p>
);
