import type { VNode } from "preact";
import type { App } from "../../app";

export const EnvoyTab = ({ app }: { app: App }): VNode => <p>{app.resources.value.size} resources</p>;
