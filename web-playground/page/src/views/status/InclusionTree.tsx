import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { App } from "../../app";
import { Badge, StatusBadge } from "../../components/StatusBadge";
import type { Inclusion } from "../../engine/types";
import { objectKey } from "../shared/names";
import { Tree } from "../shared/Tree";
import { inclusionRows, type InclusionRow, type Shown } from "./inclusion";
import { problemsOf } from "./problems";

interface Props {
  app: App;
  inclusion: Inclusion;
  shown: Omit<Shown, "isOpen">;
}

/** Below a host, the proxies that it includes, with all conditions that lead there. */
export const InclusionTree = ({ app, inclusion, shown }: Props): VNode => {
  const closed = useSignal<ReadonlySet<string>>(new Set());
  const active = useSignal<string | null>(null);
  const rows = inclusionRows(inclusion, { ...shown, isOpen: (id) => !closed.value.has(id) });
  const reveal = ({ namespace, name }: InclusionRow) => app.revealObject({ kind: "HTTPProxy", namespace, name });
  return rows.length > 0 ? (
    <Tree
      class="inclusion"
      label="Inclusion of proxies"
      rows={rows}
      rowHeight={44}
      active={active.value}
      render={(row) => <ProxyLine app={app} row={row} />}
      onActive={(row) => (active.value = row.id)}
      onToggle={(row, open) => {
        const others = new Set(closed.value);
        if (open) others.delete(row.id);
        else others.add(row.id);
        closed.value = others;
      }}
      onEnter={reveal}
    />
  ) : (
    <p class="nothing muted">No proxy is like that.</p>
  );
};

const ProxyLine = ({ app, row }: { app: App; row: InclusionRow }): VNode => {
  const object = { kind: "HTTPProxy", namespace: row.namespace, name: row.name };
  const status = app.objects.value.get(objectKey(object))?.status ?? null;
  const line = lineOf(row, problemsOf(status)[0]?.message);
  return (
    <div class="proxy-line">
      <div class="proxy-head">
        {row.host && <b class="code">{row.host}</b>}
        <button
          type="button"
          class="jump code"
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            void app.revealObject(object);
          }}
        >
          <span class="muted">{row.namespace}/</span>
          {row.name}
        </button>
        {row.status === "missing" ? <Badge tone="error">missing</Badge> : <StatusBadge status={status} />}
      </div>
      <div class="proxy-words muted" title={line}>
        {line}
      </div>
    </div>
  );
};

function lineOf({ status, host, words, note }: InclusionRow, problem: string | undefined): string {
  if (status === "orphaned") return "no root includes it, so nobody can reach it";
  if (status === "missing") return ["there is no such proxy", ...words].join(" · ");
  const reached = words.length > 0 ? words.join(" and ") : host ? "all of the host" : "whatever is asked for";
  return [reached, note, problem].filter(Boolean).join(" · ");
}
