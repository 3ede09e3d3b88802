import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "../../../components/Icon";
import type { FieldErrors } from "./fields";

type Header = [string, string];

interface Props {
  headers: readonly Header[];
  errors: FieldErrors;
  onChange: (headers: Header[]) => void;
}

export const Headers = ({ headers, errors, onChange }: Props): VNode => {
  const box = useRef<HTMLFieldSetElement>(null);
  const replace = (index: number, header: Header) => onChange(headers.toSpliced(index, 1, header));
  const add = () => {
    onChange([...headers, ["", ""]]);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(".header-row:last-of-type input")?.focus());
  };
  return (
    <fieldset class="headers" ref={box}>
      <legend class="visually-hidden">Headers</legend>
      {headers.map(([name, value], index) => (
        <div class="header-row" key={index}>
          <input
            class="field code"
            aria-label={`Name of header ${index + 1}`}
            aria-invalid={errors[`header ${index}`] !== undefined}
            placeholder="X-Canary"
            spellcheck={false}
            value={name}
            onInput={(event) => replace(index, [event.currentTarget.value, value])}
          />
          <input
            class="field code"
            aria-label={`Value of header ${index + 1}`}
            placeholder="yes"
            spellcheck={false}
            value={value}
            onInput={(event) => replace(index, [name, event.currentTarget.value])}
          />
          <button
            type="button"
            class="button quiet"
            aria-label={`Remove header ${name || index + 1}`}
            onClick={() => onChange(headers.filter((_, at) => at !== index))}
          >
            <Icon name="close" />
          </button>
          {errors[`header ${index}`] && <p class="form-error">{errors[`header ${index}`]}</p>}
        </div>
      ))}
      <button type="button" class="button small" onClick={add}>
        <Icon name="add" /> Header
      </button>
    </fieldset>
  );
};
