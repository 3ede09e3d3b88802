import type { ComponentChildren, VNode } from "preact";
import { inRow } from "./keys";
import "./tabs.css";

interface Tab<Name extends string> {
  name: Name;
  /** Shown; `title` where it differs from what is read out. */
  label: ComponentChildren;
}

interface Props<Name extends string> {
  id: string;
  label: string;
  tabs: readonly Tab<Name>[];
  selected: Name;
  onSelect: (name: Name) => void;
}

export const tabId = (id: string, name: string): string => `${id}-tab-${name}`;
export const panelId = (id: string): string => `${id}-panel`;

/** A list of tabs with arrow keys; the panel beside it has `panelId`. */
export const Tabs = <Name extends string>({ id, label, tabs, selected, onSelect }: Props<Name>): VNode => {
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.name === selected);
    const tab = tabs[inRow(event.key, at, tabs.length) ?? -1];
    if (!tab) return;
    event.preventDefault();
    onSelect(tab.name);
    document.getElementById(tabId(id, tab.name))?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ name, label: text }) => (
        <button
          type="button"
          key={name}
          id={tabId(id, name)}
          class="tab"
          role="tab"
          aria-selected={name === selected}
          aria-controls={panelId(id)}
          tabIndex={name === selected ? 0 : -1}
          onClick={() => onSelect(name)}
        >
          {text}
        </button>
      ))}
    </div>
  );
};
