import type { Status } from "../../engine/types";

/** A status in a line: one word, and what is wrong. */
export function statusInWords(status: Status): string {
  const [condition] = status.conditions;
  const word = status.currentStatus ?? (condition?.status === "False" ? "invalid" : "valid");
  const details = status.conditions.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  const messages = details.map((detail) => detail.message);
  const description = word === "valid" || messages.length > 0 ? "" : (status.description ?? condition?.message ?? "");
  return [word, ...messages, description].filter(Boolean).join(": ");
}
