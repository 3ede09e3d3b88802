import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "../components/Icon";
import type { Diagnostic, Severity } from "../engine/types";
import type { Workspace } from "../state/workspace";
import "./problems.css";

/** More than anybody reads; what is beyond is counted. */
const atMost = 200;
const severities: readonly [Severity, string, string][] = [
  ["error", "error", "errors"],
  ["warning", "warning", "warnings"],
  ["info", "note", "notes"],
];

const Counts = ({ diagnostics }: { diagnostics: readonly Diagnostic[] }): VNode => {
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity } of diagnostics) counts[severity]++;
  return (
    <span class="problem-counts">
      {severities.map(([severity, one, many]) =>
        counts[severity] === 0 ? null : (
          <span key={severity} class="problem-count">
            <Icon name={severity} tone={severity} />
            {counts[severity]} {counts[severity] === 1 ? one : many}
          </span>
        ),
      )}
      {diagnostics.length === 0 && <span class="muted">none</span>}
    </span>
  );
};

const Problem = ({ workspace, diagnostic }: { workspace: Workspace; diagnostic: Diagnostic }): VNode => {
  const { severity, message, reason, file, line, column, fixes } = diagnostic;
  return (
    <li class="problem">
      <button type="button" class="problem-main" onClick={() => workspace.reveal(diagnostic)}>
        <Icon name={severity} tone={severity} label={severity} />
        <span class="problem-message">{message}</span>
        <span class="problem-place muted">
          {reason} · {file}:{line}:{column}
        </span>
      </button>
      {fixes.map((fix) => (
        <button type="button" key={fix.title} class="button small problem-fix" onClick={() => workspace.applyFix(fix)}>
          <Icon name="wrench" />
          {fix.title}
        </button>
      ))}
    </li>
  );
};

/** All that is wrong, in all files. Arrow keys move, Enter jumps there. */
export const Problems = ({ workspace }: { workspace: Workspace }): VNode => {
  const list = useRef<HTMLUListElement>(null);
  const open = workspace.layout.problemsOpen;
  const diagnostics = workspace.diagnostics.value;
  const onKeyDown = (event: KeyboardEvent) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    const all = Array.from(list.current?.querySelectorAll<HTMLElement>(".problem-main") ?? []);
    event.preventDefault();
    all[all.findIndex((button) => button.parentElement?.contains(document.activeElement)) + way]?.focus();
  };
  return (
    <section class="problems" aria-label="Problems">
      <button type="button" class="problems-head" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        <Icon name={open.value ? "chevronDown" : "chevronRight"} />
        <b>Problems</b>
        <Counts diagnostics={diagnostics} />
      </button>
      {open.value && diagnostics.length > 0 && (
        <ul class="problems-list" ref={list} onKeyDown={onKeyDown}>
          {diagnostics.slice(0, atMost).map((diagnostic, index) => (
            // Places shift with every letter that is typed: whatever is keyed by them would be drawn anew.
            <Problem key={index} workspace={workspace} diagnostic={diagnostic} />
          ))}
          {diagnostics.length > atMost && <li class="problems-more muted">and {diagnostics.length - atMost} more</li>}
        </ul>
      )}
    </section>
  );
};
