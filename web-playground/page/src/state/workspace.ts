import { signal } from "@preact/signals";
import type { App } from "../app";
import type { Fix } from "../engine/types";
import { type Draft, createDraft } from "./draft";
import { applyFix } from "./fix";
import { type Judgement, createJudgement } from "./judgement";
import { keep, loadKept } from "./kept";
import { type Layout, createLayout } from "./layout";
import { type Notices, createNotices } from "./notices";
import { type Pointing, createPointing } from "./pointing";

/** What the shell and the editor know beyond what all parts share. */
export interface Workspace extends App, Draft, Judgement, Pointing {
  layout: Layout;
  notices: Notices;
  applyFix(fix: Fix): void;
}

const fixer =
  (draft: Draft, judgement: Judgement, notices: Notices) =>
  (fix: Fix): void => {
    if (!judgement.isSettled()) return notices.say("The text has just changed. Try again.");
    const before = draft.files.peek();
    const { files, changed } = applyFix(before, fix);
    draft.setFiles(files, draft.active.peek());
    // The editor's own undo knows one file.
    if (changed.length > 1) {
      const run = () => draft.setFiles(before, draft.active.peek());
      notices.say(`${fix.title}: ${changed.length} files changed.`, { label: "Undo", run });
    }
  };

export const createWorkspace = (): Workspace => {
  const layout = createLayout();
  const notices = createNotices();
  const draft = createDraft(loadKept(), notices);
  const judgement = createJudgement(draft, notices);
  const pointing = createPointing(draft, layout, judgement.engine, notices);
  keep(draft.content, draft.isOwn, () =>
    notices.say("The browser's storage is full or closed: your work is not kept after a reload."),
  );
  return {
    ...draft,
    ...judgement,
    ...pointing,
    layout,
    notices,
    tenant: signal(null),
    applyFix: fixer(draft, judgement, notices),
    announce: (message) => notices.say(message),
  };
};
