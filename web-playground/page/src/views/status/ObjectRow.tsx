import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useId } from "preact/hooks";
import type { App } from "../../app";
import { Icon } from "../../components/Icon";
import { StatusBadge, toneOf } from "../../components/StatusBadge";
import type { Diagnostic, ObjectChange } from "../../engine/types";
import { columnsOf } from "./columns";
import { Conditions } from "./Conditions";
import type { Value } from "./yaml-value";

interface Props {
  app: App;
  object: ObjectChange;
  manifest: Value | undefined;
  diagnostics: readonly Diagnostic[] | undefined;
  hasStatus: boolean;
}

/** An object as kubectl shows it, and its conditions below when opened. */
export const ObjectRow = ({ app, object, manifest, diagnostics = [], hasStatus }: Props): VNode => {
  // A signal: so rows of which nothing differs are not rendered anew.
  const opened = useSignal<boolean | null>(null);
  const details = useId();
  const { status } = object;
  const open = opened.value ?? (toneOf(status) === "error" && hasStatus);
  const columns = columnsOf(object.kind);
  return (
    <>
      <tr class={open ? "is-open" : ""}>
        <th scope="row">
          <span class="object-name">
            {status ? (
              <button
                type="button"
                class="expander"
                aria-expanded={open}
                aria-controls={open ? details : undefined}
                aria-label={`Conditions of ${object.namespace}/${object.name}`}
                onClick={() => (opened.value = !open)}
              >
                <Icon name={open ? "chevronDown" : "chevronRight"} />
              </button>
            ) : (
              <span class="expander" />
            )}
            <button type="button" class="jump code" onClick={() => app.revealObject(object)}>
              <span class="muted">{object.namespace}/</span>
              {object.name}
            </button>
          </span>
        </th>
        {columns.map(({ title, of }) => (
          <td key={title} class="code">
            {of(manifest)}
          </td>
        ))}
        {hasStatus && (
          <td class="status">
            <StatusBadge status={status} />
          </td>
        )}
        {hasStatus && <td class="description">{status?.description ?? status?.conditions[0]?.message}</td>}
      </tr>
      {open && status && (
        <tr class="object-details" id={details}>
          <td colSpan={3 + columns.length}>
            <Conditions app={app} object={object} status={status} diagnostics={diagnostics} />
          </td>
        </tr>
      )}
    </>
  );
};
