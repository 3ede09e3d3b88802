import type { VNode } from "preact";
import type { App } from "../../app";
import { Icon } from "../../components/Icon";
import type { Condition, Diagnostic, ObjectName, Status } from "../../engine/types";
import { placeOf, problemsOf, type Problem } from "./problems";

interface Props {
  app: App;
  object: ObjectName;
  status: Status;
  diagnostics: readonly Diagnostic[];
}

/** What is wrong comes first; each problem leads to its place. */
export const Conditions = ({ app, object, status, diagnostics }: Props): VNode => {
  const reveal = (problem: Problem) => {
    const place = placeOf(problem, diagnostics);
    if (place) app.reveal(place);
    else void app.revealObject(object);
  };
  return (
    <div class="conditions">
      <ul>
        {problemsOf(status).map((problem, index) => (
          <li key={index}>
            <button type="button" class="jump finding" onClick={() => reveal(problem)}>
              <Icon name={problem.severity} tone={problem.severity} label={problem.severity} />
              <span>
                {problem.message} <span class="muted">{`${problem.type}: ${problem.reason}`}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <ul>
        {status.conditions.map((condition) => (
          <ConditionLine key={condition.type} condition={condition} />
        ))}
      </ul>
    </div>
  );
};

const ConditionLine = ({ condition }: { condition: Condition }): VNode => (
  <li class="condition">
    <span class="code">
      {condition.type}={condition.status}
    </span>{" "}
    <span class="muted">
      {condition.reason}
      {condition.message && `: ${condition.message}`}
    </span>
  </li>
);
