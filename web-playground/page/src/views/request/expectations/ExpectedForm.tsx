import type { VNode } from "preact";
import type { Answer, Expected } from "../../../engine/types";
import { Field } from "../form/Field";

const ANSWERS: readonly { kind: Answer["kind"]; words: string }[] = [
  { kind: "forward", words: "goes to a Service" },
  { kind: "redirect", words: "is redirected" },
  { kind: "respond", words: "is answered by Envoy" },
  { kind: "tcp", words: "goes on as a connection" },
  { kind: "closed", words: "is not taken" },
];

const TEXTS = [
  { name: "location", label: "Location", placeholder: "https://shop.example.com/" },
  { name: "host", label: "Host", placeholder: "shop.example.com" },
  { name: "route", label: "Route", placeholder: "HTTPProxy web/shop" },
  { name: "policy", label: "Policy", placeholder: "web/shop" },
] as const;

interface Props {
  expected: Expected;
  onChange: (expected: Expected) => void;
}

/** What should become of a request; what is empty is not expected. */
export const ExpectedForm = ({ expected, onChange }: Props): VNode => {
  const answerOf = (kind: string) => ANSWERS.find((answer) => answer.kind === kind)?.kind;
  const change = (part: { [field in keyof Expected]: Expected[field] | undefined }) => {
    const said = Object.entries({ ...expected, ...part }).filter(([, value]) => value !== undefined);
    onChange(Object.fromEntries(said));
  };
  return (
    <div class="arrival">
      <Field label="The request">
        {(attributes) => (
          <select
            {...attributes}
            class="field"
            value={expected.answer ?? ""}
            onChange={(event) => change({ answer: answerOf(event.currentTarget.value) })}
          >
            <option value="">may be answered in any way</option>
            {ANSWERS.map(({ kind, words }) => (
              <option key={kind} value={kind}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Status">
        {(attributes) => (
          <input
            {...attributes}
            class="field code"
            type="number"
            placeholder="308"
            value={expected.status ?? ""}
            onInput={(event) => change({ status: event.currentTarget.valueAsNumber || undefined })}
          />
        )}
      </Field>
      {TEXTS.map(({ name, label, placeholder }) => (
        <Field key={name} label={label}>
          {(attributes) => (
            <input
              {...attributes}
              class="field code"
              placeholder={placeholder}
              spellcheck={false}
              value={expected[name] ?? ""}
              onInput={(event) => change({ [name]: event.currentTarget.value.trim() || undefined })}
            />
          )}
        </Field>
      ))}
      <Field label="Services, in any order">
        {(attributes) => (
          <input
            {...attributes}
            key={expected.upstreams?.join()}
            class="field code"
            placeholder="web/shop/80, web/canary/80"
            spellcheck={false}
            defaultValue={expected.upstreams?.join(", ") ?? ""}
            onChange={(event) => change({ upstreams: namesIn(event.currentTarget.value) })}
          />
        )}
      </Field>
    </div>
  );
};

function namesIn(text: string): string[] | undefined {
  const names = text.split(/[\s,]+/).filter(Boolean);
  return names.length > 0 ? names : undefined;
}
