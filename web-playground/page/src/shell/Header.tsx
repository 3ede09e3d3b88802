import type { VNode } from "preact";
import { Icon, Logo } from "../components/Icon";
import { Menu } from "../components/Menu";
import type { Theme } from "../state/layout";
import type { EngineState, Workspace } from "../state/workspace";

const versionOf = (state: EngineState): string =>
  state.kind === "ready" ? state.version : state.kind === "loading" ? "loading" : "not loaded";

const themes: readonly [Theme, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];
const themeIcons = { system: "system", light: "sun", dark: "moon" } as const;

const ThemeMenu = ({ workspace }: { workspace: Workspace }): VNode => {
  const { theme } = workspace.layout;
  const items = themes.map(([name, label]) => ({
    label,
    checked: theme.value === name,
    run: () => {
      theme.value = name;
    },
  }));
  return (
    <Menu label="Theme" items={items}>
      <Icon name={themeIcons[theme.value]} />
    </Menu>
  );
};

export const Header = ({ workspace }: { workspace: Workspace }): VNode => (
  <header class="head">
    <h1 class="head-name">
      <Logo />
      Isoline <span class="muted">playground</span>
    </h1>
    <span class="head-version muted" title="Version of the engine">
      {versionOf(workspace.engineState.value)}
    </span>
    <div class="head-actions" role="toolbar" aria-label="Playground">
      <ThemeMenu workspace={workspace} />
    </div>
  </header>
);
