import { type ReadonlySignal, signal } from "@preact/signals";
import type { VNode } from "preact";
import type { App } from "../../app";

export const RequestTab = ({ app }: { app: App }): VNode => <p>{app.resources.value.size} resources</p>;

/** How many expectations do not hold. */
export const failedExpectations = (_app: App): ReadonlySignal<number> => signal(0);
