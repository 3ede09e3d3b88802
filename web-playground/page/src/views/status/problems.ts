import type { Diagnostic, ObjectName, Status, SubCondition } from "../../engine/types";
import { groupBy } from "../shared/group";
import { objectKey } from "../shared/names";

export interface Problem extends SubCondition {
  severity: "error" | "warning";
}

/** The errors and warnings of all conditions. */
export function problemsOf(status: Status | null): Problem[] {
  return (status?.conditions ?? []).flatMap(({ errors, warnings }) => [
    ...errors.map((error) => ({ ...error, severity: "error" as const })),
    ...warnings.map((warning) => ({ ...warning, severity: "warning" as const })),
  ]);
}

export type ByObject = ReadonlyMap<string, readonly Diagnostic[]>;

export function groupByObject(diagnostics: readonly Diagnostic[]): ByObject {
  return groupBy(
    diagnostics.filter((diagnostic) => diagnostic.object),
    (diagnostic) => objectKey(diagnostic.object as ObjectName),
  );
}

/** The diagnostic that says at its place what a condition says of the object. */
export function placeOf(problem: SubCondition, diagnostics: readonly Diagnostic[]): Diagnostic | undefined {
  return (
    diagnostics.find((diagnostic) => diagnostic.message === problem.message) ??
    diagnostics.find((diagnostic) => diagnostic.message.includes(problem.message)) ??
    diagnostics.find((diagnostic) => diagnostic.reason === problem.reason)
  );
}
