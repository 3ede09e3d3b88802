import type { VNode } from "preact";
import { Icon } from "../../components/Icon";
import type { ObjectName, Piece } from "../../engine/types";
import { ResourceTitle } from "../shared/ResourceTitle";
import type { EnvoyRow } from "./rows";
import { summaryOf } from "./summary";

export const ResourceLine = ({ row, onReveal }: { row: EnvoyRow; onReveal: (piece: Piece) => void }): VNode => {
  if (row.kind === "group") {
    return (
      <>
        <b>{row.key}</b> <span class="muted">{row.size.toLocaleString("en")}</span>
      </>
    );
  }
  return (
    <>
      {row.kind === "resource" ? (
        <>
          <ResourceTitle {...row.resource} />
          <span class="origin muted">{originOf(row.resource.origin)}</span>
        </>
      ) : (
        <>
          <span class="code yaml-key">{row.key}</span>
          {!row.open && <span class={`code part-value ${toneOf(row.value)}`}>{summaryOf(row.value)}</span>}
        </>
      )}
      <button
        type="button"
        class="to-source"
        tabIndex={-1}
        aria-label="Go to where it came from"
        title="Go to where it came from"
        onClick={(event) => {
          event.stopPropagation();
          onReveal(row.piece);
        }}
      >
        <Icon name="next" />
      </button>
    </>
  );
};

function originOf(origin: readonly ObjectName[]): string {
  const [first, ...others] = origin;
  if (!first) return "";
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  return `${first.kind} ${first.namespace}/${first.name}${more}`;
}

function toneOf(value: unknown): string {
  if (typeof value === "string") return "yaml-string";
  return typeof value === "object" && value !== null ? "muted" : "yaml-number";
}
