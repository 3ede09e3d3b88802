import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { Confirm, type Question } from "../components/Confirm";
import { Gallery } from "../examples/Gallery";
import { SettingsDialog } from "../settings/SettingsDialog";
import { ShareDialog } from "../share/ShareDialog";
import { followLinks } from "../share/open";
import type { Workspace } from "../state/workspace";
import { DropZone } from "./DropZone";
import { EditorPane } from "./EditorPane";
import { EngineFailed } from "./EngineFailed";
import { type DialogName, Header } from "./Header";
import { NoticeList } from "./NoticeList";
import { PaneSwitch } from "./PaneSwitch";
import { Results } from "./Results";
import { Split } from "./Split";
import "./page.css";

const Right = ({ workspace }: { workspace: Workspace }): VNode => {
  const state = workspace.engineState.value;
  if (state.kind === "failed") return <EngineFailed message={state.message} />;
  if (state.kind === "ready") return <Results workspace={workspace} />;
  return (
    <p class="loading muted" role="status">
      The engine is being loaded.
    </p>
  );
};

export const Page = ({ workspace }: { workspace: Workspace }): VNode => {
  const dialog = useSignal<DialogName | null>(null);
  const question = useSignal<Question | null>(null);
  useEffect(() => followLinks(workspace, question), [workspace, question]);
  const onClose = () => (dialog.value = null);
  return (
    <div class="page" data-pane={workspace.layout.pane.value}>
      <Header workspace={workspace} dialog={dialog} />
      <PaneSwitch workspace={workspace} />
      <main class="page-main">
        <Split share={workspace.layout.editorShare} direction="row" label="Width of the editor">
          <EditorPane workspace={workspace} />
          <Right workspace={workspace} />
        </Split>
      </main>
      {dialog.value === "examples" && <Gallery workspace={workspace} onClose={onClose} />}
      {dialog.value === "share" && <ShareDialog workspace={workspace} onClose={onClose} />}
      {dialog.value === "settings" && <SettingsDialog app={workspace} onClose={onClose} />}
      {question.value && <Confirm question={question.value} onClose={() => (question.value = null)} />}
      <DropZone workspace={workspace} />
      <NoticeList notices={workspace.notices} />
    </div>
  );
};
