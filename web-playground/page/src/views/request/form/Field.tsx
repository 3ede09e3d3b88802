import type { ComponentChildren, VNode } from "preact";
import { useId } from "preact/hooks";

interface Props {
  label: string;
  error?: string | undefined;
  children: (attributes: { id: string; "aria-invalid": boolean; "aria-describedby"?: string }) => ComponentChildren;
}

/** A label, a control, and what is wrong with it. */
export const Field = ({ label, error, children }: Props): VNode => {
  const id = useId();
  const described = error ? { "aria-describedby": `${id}-error` } : {};
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      {children({ id, "aria-invalid": error !== undefined, ...described })}
      {error && (
        <p id={`${id}-error`} class="form-error">
          {error}
        </p>
      )}
    </div>
  );
};
