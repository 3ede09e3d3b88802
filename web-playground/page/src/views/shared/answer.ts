import { useSignal, useSignalEffect, type ReadonlySignal } from "@preact/signals";

/** How long typing must pause before the engine is asked. */
const PAUSE = 50;

/**
 * What the engine says to a question, asked anew whenever a signal that the question reads changes.
 * The last answer stays until the next is there, and if nothing is said; what comes late is dropped.
 */
export function useAnswer<Question, Answer>(
  question: () => Question,
  ask: (question: Question) => Promise<Answer | undefined>,
): ReadonlySignal<Answer | undefined> {
  const answer = useSignal<Answer | undefined>(undefined);
  useSignalEffect(() => {
    const asked = question();
    let isCurrent = true;
    const pause = answer.peek() === undefined ? 0 : PAUSE;
    const timer = setTimeout(async () => {
      const said = await ask(asked);
      if (isCurrent && said !== undefined) answer.value = said;
    }, pause);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  });
  return answer;
}
