import type { VNode } from "preact";
import type { ResourceChange } from "../../engine/types";

/** What a resource is called; for routes, the host with its listener beside it. */
export const ResourceTitle = ({ type, title }: Pick<ResourceChange, "type" | "title">): VNode => {
  const border = type === "scope" ? title.indexOf("|") : -1;
  if (border < 0) return <span class="code">{title}</span>;
  return (
    <span class="code resource-title">
      {title.slice(border + 1)} <span class="tag">{title.slice(0, border)}</span>
    </span>
  );
};
