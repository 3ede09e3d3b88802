import type { Signal } from "@preact/signals";
import type { VNode } from "preact";
import { Icon, type IconName, Logo } from "../components/Icon";
import { Menu } from "../components/Menu";
import type { EngineState } from "../state/judgement";
import type { Theme } from "../state/layout";
import type { Workspace } from "../state/workspace";
import { copyItems, fileItems } from "./actions";

export type DialogName = "examples" | "share" | "settings";

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

const dialogs: readonly [DialogName, string, IconName][] = [
  ["examples", "Examples", "examples"],
  ["share", "Share", "share"],
  ["settings", "Settings", "settings"],
];

interface Props {
  workspace: Workspace;
  dialog: Signal<DialogName | null>;
}

export const Header = ({ workspace, dialog }: Props): VNode => (
  <header class="head">
    <h1 class="head-name">
      <Logo />
      Isoline <span class="muted">playground</span>
    </h1>
    <span class="head-version muted" title="Version of the engine">
      {versionOf(workspace.engineState.value)}
    </span>
    <nav class="head-actions" aria-label="Playground">
      {dialogs.map(([name, label, icon]) => (
        <button
          type="button"
          key={name}
          class="button quiet head-action"
          aria-haspopup="dialog"
          title={label}
          onClick={() => (dialog.value = name)}
        >
          <Icon name={icon} />
          <span class="head-word">{label}</span>
          {name === "settings" && workspace.settings.value.error && (
            <span class="head-dot" role="img" aria-label="with an error" />
          )}
        </button>
      ))}
      <Menu label="Copy" items={copyItems(workspace)}>
        <Icon name="copy" />
        <span class="head-word">Copy</span>
      </Menu>
      <Menu label="Files" items={fileItems(workspace)}>
        <Icon name="file" />
        <span class="head-word">Files</span>
      </Menu>
      <ThemeMenu workspace={workspace} />
    </nav>
  </header>
);
