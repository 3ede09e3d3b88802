import type { VNode } from "preact";

const shapes = {
  add: "M8 3v10M3 8h10",
  bookmark: "M4.5 2.5h7v11L8 10.5l-3.5 3z",
  check: "m3 8.5 3.2 3.2L13 4.8",
  chevronDown: "m4 6 4 4 4-4",
  chevronRight: "m6 4 4 4-4 4",
  close: "m4 4 8 8m0-8-8 8",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  download: "M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M2.5 13.5h11",
  error: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Zm0 3v3.7m0 2.1v.1",
  examples:
    "M2.5 3.5h4c1 0 1.5.7 1.5 1.5v8.5c0-.8-.6-1.2-1.5-1.2h-4zM13.5 3.5h-4C8.5 3.5 8 4.2 8 5v8.5c0-.8.6-1.2 1.5-1.2h4z",
  file: "M4 1.8h5l3 3v9.4H4zM9 1.8v3h3",
  info: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Zm0 5.3V11m0-6v.1",
  menu: "M8 3.5v.1M8 8v.1m0 4.4v.1",
  moon: "M13 9.8A5.6 5.6 0 0 1 6.2 3 5.5 5.5 0 1 0 13 9.8Z",
  next: "M3 8h10M9 4l4 4-4 4",
  pin: "M6 2.5h4l-.5 4 2.5 2.5H4l2.5-2.5zM8 9v4.5",
  remove: "M3 8h10",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Zm3.3 7.8 3.2 3.2",
  settings: "M2.5 5h6m3.5 0h1.5M2.5 11H4m3.5 0h6M10.2 3.3v3.4M5.8 9.3v3.4",
  share: "M6 9.5 13.5 2.5m0 0h-4m4 0v4M11.5 9.5v4h-9v-9h4",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8 1.5v1m0 11v1M1.5 8h1m11 0h1M3.6 3.6l.5.5m7.8 7.8.5.5m0-8.8-.5.5m-7.8 7.8-.5.5",
  system: "M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3",
  undo: "M5.5 3 2.5 6l3 3M2.5 6h6.8a3.7 3.7 0 0 1 0 7.4H6",
  upload: "M8 10.7v-8M4.8 5.7 8 2.5l3.2 3.2M2.5 13.5h11",
  warning: "M8 2.3 14.3 13.5H1.7zM8 6.5v3.2m0 1.8v.1",
  wrench: "M13.3 4.7a3.4 3.4 0 0 1-4.5 4.2l-4.3 4.3a1.2 1.2 0 0 1-1.7-1.7l4.3-4.3a3.4 3.4 0 0 1 4.2-4.5L9.2 4.8l2 2z",
} as const;

export type IconName = keyof typeof shapes;

/** A drawing beside words; `label` only where no words stand beside it. */
export const Icon = ({ name, tone, label }: { name: IconName; tone?: string; label?: string }): VNode => (
  <svg
    class={tone ? `icon ${tone}` : "icon"}
    viewBox="0 0 16 16"
    {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" })}
  >
    <path d={shapes[name]} />
  </svg>
);

/** Lines of equal height around a summit. */
export const Logo = (): VNode => (
  <svg class="icon logo" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M12 2.5c5.6 0 9.5 3.6 9.5 8.9 0 6-4.3 10.1-10 10.1-5.3 0-9-3.8-9-9.1C2.5 6.8 6.4 2.5 12 2.5Z" />
    <path d="M12.6 6.7c3 0 5 2 5 4.9 0 3.4-2.4 5.9-5.7 5.9-3.1 0-5.2-2.2-5.2-5.2 0-3.2 2.5-5.6 5.9-5.6Z" />
    <path d="M12.9 10.7c1 0 1.6.7 1.6 1.6 0 1.1-.9 1.9-2 1.9s-1.8-.8-1.8-1.8c0-1 1-1.7 2.2-1.7Z" />
  </svg>
);
