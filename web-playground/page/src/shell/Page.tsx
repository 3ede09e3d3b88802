import type { VNode } from "preact";
import type { Workspace } from "../state/workspace";
import { EditorPane } from "./EditorPane";
import { EngineFailed } from "./EngineFailed";
import { Header } from "./Header";
import { NoticeList } from "./NoticeList";
import { PaneSwitch } from "./PaneSwitch";
import { Results } from "./Results";
import { Split } from "./Split";
import "./page.css";

export const Page = ({ workspace }: { workspace: Workspace }): VNode => {
  const state = workspace.engineState.value;
  return (
    <div class="page" data-pane={workspace.layout.pane.value}>
      <Header workspace={workspace} />
      <PaneSwitch workspace={workspace} />
      <main class="page-main">
        <Split share={workspace.layout.editorShare} direction="row" label="Width of the editor">
          <EditorPane workspace={workspace} />
          {state.kind === "failed" ? <EngineFailed message={state.message} /> : <Results workspace={workspace} />}
        </Split>
      </main>
      <NoticeList notices={workspace.notices} />
    </div>
  );
};
