import type { Candidate } from "../../../engine/types";

/** Which of the conditions of a route fails: the one that the reason begins with, else that on the path, the first. */
export function failedCondition({ verdict, reason = "", conditions }: Candidate): number {
  if (verdict !== "fails") return -1;
  const named = conditions.findIndex((condition) => reason.startsWith(condition));
  return Math.max(named, 0);
}
