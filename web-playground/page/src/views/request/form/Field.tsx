import type { ComponentChildren, VNode } from "preact";
import { useId } from "preact/hooks";

interface Props {
  label: string;
  error?: string | undefined;
  hint?: string;
  class?: string;
  children: (attributes: { id: string; "aria-invalid": boolean; "aria-describedby"?: string }) => ComponentChildren;
}

/** A label, a control, and what is wrong with it. */
export const Field = ({ label, error, hint, class: style = "", children }: Props): VNode => {
  const id = useId();
  const about = error ?? hint;
  const described = about ? { "aria-describedby": `${id}-about` } : {};
  return (
    <div class={`form-field ${style}`}>
      <label for={id}>{label}</label>
      {children({ id, "aria-invalid": error !== undefined, ...described })}
      {about && (
        <p id={`${id}-about`} class={error ? "form-error" : "form-hint"}>
          {about}
        </p>
      )}
    </div>
  );
};
