import type { VNode } from "preact";

/** Until the engine has judged what is there. */
export const Starting = (): VNode => <p class="nothing muted">The engine is starting…</p>;
