import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { App } from "../../app";
import { Icon } from "../../components/Icon";
import { useAnswer } from "../shared/answer";
import { copy, download } from "../shared/clipboard";
import { CodeView } from "../shared/CodeView";
import { Segments } from "../shared/Segments";

type Form = "yaml" | "json";

/** The whole configuration, as `isoline translate` prints it. */
export const Whole = ({ app }: { app: App }): VNode => {
  const form = useSignal<Form>("yaml");
  const text = useAnswer(
    () => ({ revision: app.revision.value, form: form.value }),
    async (asked) => ({ form: asked.form, text: await app.engine.translate(asked.form) }),
  );
  const said = text.value?.text ?? "";
  const save = (as: Form) => download(`envoy.${as}`, said, `application/${as}`);
  return (
    <>
      <div class="view-bar">
        <Segments
          label="Form"
          value={form.value}
          options={[
            { value: "yaml", label: "YAML" },
            { value: "json", label: "JSON" },
          ]}
          onChange={(value) => (form.value = value)}
        />
        <span class="grow" />
        <button type="button" class="button small" onClick={() => copy(app, "the configuration", said)}>
          <Icon name="copy" /> Copy
        </button>
        <button type="button" class="button small" onClick={() => save(text.value?.form ?? "yaml")}>
          <Icon name="download" /> Download
        </button>
      </div>
      <CodeView class="fill" label="Configuration of Envoy" text={said} />
    </>
  );
};
