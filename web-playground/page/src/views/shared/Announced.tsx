import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Typing must rest so long before a result is read out. */
const REST = 800;

/** What screen readers say of a result that changes while somebody types. */
export const Announced = ({ text }: { text: string }): VNode => {
  const [said, say] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => say(text), REST);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p class="visually-hidden" role="status">
      {said}
    </p>
  );
};
