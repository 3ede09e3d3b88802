import type { VNode } from "preact";
import type { App } from "../../../app";
import { Badge } from "../../../components/StatusBadge";
import type { Expectation, Outcome, Request } from "../../../engine/types";
import { ExpectedForm } from "./ExpectedForm";
import { holds } from "./outcomes";

interface Props {
  app: App;
  expectation: Expectation;
  outcome: Outcome | undefined;
  onChange: (expectation: Expectation) => void;
  isEdited: boolean;
  onEdit: (edit: boolean) => void;
  onDelete: () => void;
  onLoad: () => void;
}

/** An expectation with what of it does not hold. */
export const Item = ({ app, expectation, outcome, isEdited, onChange, onEdit, onDelete, onLoad }: Props): VNode => {
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
        {isEdited ? (
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
      <p class="code muted">{lineOf(request)}</p>
      {outcome && !holds(outcome) && <Mismatches outcome={outcome} />}
      {isEdited && (
        <ExpectedForm expected={expectation.expect} onChange={(expect) => onChange({ ...expectation, expect })} />
      )}
      <div class="expectation-actions">
        <button type="button" class="button small" onClick={onLoad} aria-label={`Ask: ${name}`}>
          Ask
        </button>
        <button
          type="button"
          class="button small"
          aria-expanded={isEdited}
          aria-label={`${isEdited ? "Done" : "Edit"}: ${name}`}
          onClick={() => onEdit(!isEdited)}
        >
          {isEdited ? "Done" : "Edit"}
        </button>
        {outcome && !holds(outcome) && (
          <button type="button" class="button small" onClick={expectNow} aria-label={`Expect this now: ${name}`}>
            Expect this now
          </button>
        )}
        <button type="button" class="button small" onClick={onDelete} aria-label={`Delete: ${name}`}>
          Delete
        </button>
      </div>
    </li>
  );
};

/** What tells one request from another. */
function lineOf({ method, url, headers = [], listener }: Request): string {
  const said = [...headers.map(([name, value]) => `${name}: ${value}`), ...(listener ? [`on ${listener}`] : [])];
  return [`${method || "GET"} ${url}`, ...said].join(" · ");
}

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
