import type { VNode } from "preact";
import type { App } from "../../app";

export const DiffTab = ({ app }: { app: App }): VNode => <p>{app.resources.value.size} resources</p>;
