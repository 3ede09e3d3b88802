import { effect, signal, type Signal } from "@preact/signals";
import { load, save } from "./storage";

export type Theme = "system" | "light" | "dark";
export type Pane = "editor" | "results";

export interface Layout {
  /** The editor's share of the width, in percent. */
  editorShare: Signal<number>;
  /** The problems' share of the height, in percent. */
  problemsShare: Signal<number>;
  problemsOpen: Signal<boolean>;
  theme: Signal<Theme>;
  /** Which of the two a narrow screen shows. */
  pane: Signal<Pane>;
}

const key = "isoline-playground-layout";

const share = (value: unknown, preset: number): number =>
  typeof value === "number" && value >= 10 && value <= 90 ? value : preset;

const isTheme = (value: unknown): value is Theme => value === "light" || value === "dark" || value === "system";

export const createLayout = (): Layout => {
  const kept = Object(load(key)) as Record<string, unknown>;
  const layout: Layout = {
    editorShare: signal(share(kept.editorShare, 50)),
    problemsShare: signal(share(kept.problemsShare, 25)),
    problemsOpen: signal(kept.problemsOpen !== false),
    theme: signal(isTheme(kept.theme) ? kept.theme : "system"),
    pane: signal("editor"),
  };
  effect(() => {
    const { editorShare, problemsShare, problemsOpen, theme } = layout;
    save(key, {
      editorShare: editorShare.value,
      problemsShare: problemsShare.value,
      problemsOpen: problemsOpen.value,
      theme: theme.value,
    });
  });
  effect(() => {
    const theme = layout.theme.value;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  });
  return layout;
};
