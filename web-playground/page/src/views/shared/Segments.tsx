import type { VNode } from "preact";
import { useId } from "preact/hooks";

interface Props<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** One of a few: radio buttons that look like one switch. */
export const Segments = <T extends string>({ label, value, options, onChange }: Props<T>): VNode => {
  const name = useId();
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input type="radio" name={name} checked={value === option.value} onChange={() => onChange(option.value)} />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
};

/** On or off. */
export const Toggle = (props: { label: string; on: boolean; onChange: (on: boolean) => void }): VNode => (
  <label class="toggle">
    <input type="checkbox" checked={props.on} onChange={(event) => props.onChange(event.currentTarget.checked)} />
    <span>{props.label}</span>
  </label>
);
