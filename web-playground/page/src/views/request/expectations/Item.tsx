import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { App } from "../../../app";
import { Badge } from "../../../components/StatusBadge";
import type { Expectation, Outcome } from "../../../engine/types";
import { ExpectedForm } from "./ExpectedForm";
import { holds } from "./outcomes";

interface Props {
  app: App;
  expectation: Expectation;
  outcome: Outcome | undefined;
  onChange: (expectation: Expectation) => void;
  onDelete: () => void;
  onLoad: () => void;
}

/** An expectation with what of it does not hold. */
export const Item = ({ app, expectation, outcome, onChange, onDelete, onLoad }: Props): VNode => {
  const editing = useSignal(false);
  const { name, request } = expectation;
  const expectNow = async () => {
    const expect = await app.engine.expected(request);
    if (expect) onChange({ ...expectation, expect });
    else app.announce("Of this request nothing can be expected.");
  };
  return (
    <li class="expectation">
      <div class="expectation-head">
        {outcome && <Badge tone={holds(outcome) ? "ok" : "error"}>{holds(outcome) ? "holds" : "fails"}</Badge>}
        {editing.value ? (
          <input
            class="field"
            aria-label="Name"
            value={name}
            onInput={(event) => onChange({ ...expectation, name: event.currentTarget.value })}
          />
        ) : (
          <b>{name}</b>
        )}
      </div>
      <p class="code muted">{`${request.method || "GET"} ${request.url}`}</p>
      {outcome && !holds(outcome) && <Mismatches outcome={outcome} />}
      {editing.value && <ExpectedForm expected={expectation.expect} onChange={(expect) => onChange({ ...expectation, expect })} />}
      <div class="expectation-actions">
        <button type="button" class="button small" onClick={onLoad} aria-label={`Ask: ${name}`}>
          Ask
        </button>
        <button
          type="button"
          class="button small"
          aria-expanded={editing.value}
          aria-label={`${editing.value ? "Done" : "Edit"}: ${name}`}
          onClick={() => (editing.value = !editing.value)}
        >
          {editing.value ? "Done" : "Edit"}
        </button>
        {outcome && !holds(outcome) && (
          <button type="button" class="button small" onClick={expectNow} aria-label={`Expect what happens now: ${name}`}>
            Expect what happens now
          </button>
        )}
        <button type="button" class="button small" onClick={onDelete} aria-label={`Delete: ${name}`}>
          Delete
        </button>
      </div>
    </li>
  );
};

const Mismatches = ({ outcome }: { outcome: Outcome }): VNode =>
  outcome.error !== null ? (
    <p class="form-error">{outcome.error}</p>
  ) : (
    <table class="mismatches">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Expected</th>
          <th scope="col">Got</th>
        </tr>
      </thead>
      <tbody>
        {outcome.mismatches.map(({ field, expected, actual }) => (
          <tr key={field}>
            <th scope="row">{field}</th>
            <td class="code">{expected}</td>
            <td class="code got">{actual}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
