import type { VNode } from "preact";
import type { Status } from "../engine/types";
import { Icon } from "./Icon";
import "./chips.css";

export type Tone = "ok" | "warning" | "error" | "info";

/** How a status is to be seen: what is invalid is an error, what has warnings or leads nowhere a warning. */
export const toneOf = (status: Status | null): Tone => {
  if (!status) return "info";
  if (status.currentStatus === "invalid") return "error";
  if (status.currentStatus === "orphaned" || status.currentStatus === "NotReconciled") return "warning";
  if (status.conditions.some((condition) => condition.errors.length > 0)) return "error";
  if (!status.currentStatus && status.conditions.some((condition) => condition.status === "False")) return "error";
  if (status.conditions.some((condition) => condition.warnings.length > 0)) return "warning";
  return "ok";
};

const marks = { ok: "check", warning: "warning", error: "error", info: "info" } as const;

/** A word with the colour and the sign that belong to its tone. */
export const Badge = ({ tone, children }: { tone: Tone; children: string }): VNode => (
  <span class={`badge ${tone}`}>
    <Icon name={marks[tone]} />
    {children}
  </span>
);

export const StatusBadge = ({ status }: { status: Status | null }): VNode => {
  const tone = toneOf(status);
  return (
    <Badge tone={tone}>
      {status?.currentStatus ?? (status ? (tone === "error" ? "invalid" : "valid") : "no status")}
    </Badge>
  );
};
