import type { Signal } from "@preact/signals";
import type { VNode } from "preact";

export const SearchField = ({ label, text }: { label: string; text: Signal<string> }): VNode => (
  <input
    type="search"
    class="field search-field"
    aria-label={label}
    placeholder={label}
    spellcheck={false}
    value={text}
    onInput={(event) => (text.value = event.currentTarget.value)}
  />
);
