import { useSignal, useSignalEffect, type ReadonlySignal, type Signal } from "@preact/signals";

/** How long typing must pause before the engine is asked. */
const PAUSE = 50;

/**
 * The body of an effect that asks the engine anew whenever a signal that the question reads changes.
 * The last answer stays until the next is there, and if nothing is said; what comes late is dropped.
 */
export function askAnew<Question, Answer>(
  answer: Signal<Answer | undefined>,
  question: () => Question,
  ask: (question: Question) => Promise<Answer | undefined>,
): () => void {
  const asked = question();
  let isCurrent = true;
  const pause = answer.peek() === undefined ? 0 : PAUSE;
  const timer = setTimeout(async () => {
    // After a crash the engine starts again, and with the next revision it is asked again.
    const said = await ask(asked).catch(() => undefined);
    if (isCurrent && said !== undefined) answer.value = said;
  }, pause);
  return () => {
    isCurrent = false;
    clearTimeout(timer);
  };
}

export function useAnswer<Question, Answer>(
  question: () => Question,
  ask: (question: Question) => Promise<Answer | undefined>,
): ReadonlySignal<Answer | undefined> {
  const answer = useSignal<Answer | undefined>(undefined);
  useSignalEffect(() => askAnew(answer, question, ask));
  return answer;
}
