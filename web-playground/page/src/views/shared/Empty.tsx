import type { ComponentChildren, VNode } from "preact";

/** What there would be to see, and how to get it. */
export const Empty = ({ title, children }: { title: string; children: ComponentChildren }): VNode => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);
