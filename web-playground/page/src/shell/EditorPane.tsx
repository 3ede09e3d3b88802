import type { VNode } from "preact";
import { Editor } from "../editor/Editor";
import type { Workspace } from "../state/workspace";
import { FileTabs, fileTabs } from "./FileTabs";
import { Problems } from "./Problems";
import { Split } from "./Split";
import { panelId, tabId } from "../components/Tabs";

const EditorPanel = ({ workspace }: { workspace: Workspace }): VNode => {
  const at = workspace.files.value.findIndex((file) => file.name === workspace.active.value);
  return (
    <div class="editor-panel" role="tabpanel" id={panelId(fileTabs)} aria-labelledby={tabId(fileTabs, String(at))}>
      <Editor workspace={workspace} />
    </div>
  );
};

export const EditorPane = ({ workspace }: { workspace: Workspace }): VNode => {
  const { problemsOpen, problemsShare } = workspace.layout;
  const listed = problemsOpen.value && workspace.diagnostics.value.length > 0;
  return (
    <section class="pane" aria-label="Files">
      <FileTabs workspace={workspace} />
      <div class={listed ? "editor-split" : "editor-split collapsed"}>
        <Split share={problemsShare} direction="column" label="Height of the problems" measured="second">
          <EditorPanel workspace={workspace} />
          <Problems workspace={workspace} />
        </Split>
      </div>
    </section>
  );
};
