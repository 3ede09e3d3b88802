import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { App } from "../../../app";
import { Icon } from "../../../components/Icon";
import { askable } from "../form/fields";

/** Keeps the request, with what becomes of it now. */
export const ExpectThis = ({ app, suggested }: { app: App; suggested: string }): VNode => {
  const name = useSignal<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [name.value === null]);

  const save = async () => {
    const request = askable(app.request.value);
    const expect = await app.engine.expected(request);
    if (!expect) return app.announce("Of this request nothing can be expected.");
    app.expectations.value = [...app.expectations.value, { name: name.value?.trim() || suggested, request, expect }];
    name.value = null;
    app.announce("Kept. It is judged after each edit.");
  };
  if (name.value === null) {
    return (
      <button type="button" class="button small" onClick={() => (name.value = suggested)}>
        <Icon name="bookmark" /> Expect this
      </button>
    );
  }
  return (
    <form
      class="expect-this"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => event.key === "Escape" && (name.value = null)}
    >
      <input
        class="field"
        ref={field}
        aria-label="Name of the expectation"
        value={name.value}
        onInput={(event) => (name.value = event.currentTarget.value)}
      />
      <button type="submit" class="button small primary">
        Keep
      </button>
      <button type="button" class="button small" onClick={() => (name.value = null)}>
        Cancel
      </button>
    </form>
  );
};
