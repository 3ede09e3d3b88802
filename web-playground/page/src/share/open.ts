import { effect, type Signal } from "@preact/signals";
import type { Question } from "../components/Confirm";
import { loadExample, loadWelcome } from "../examples/catalog";
import { asSeen, openedMessage } from "../examples/example";
import type { Content } from "../state/content";
import type { Workspace } from "../state/workspace";
import { readHash } from "./link";

const forgetHash = (): void => history.replaceState(null, "", location.pathname + location.search);

/** Opens what the address asks for as soon as the engine is there, and asks before it replaces somebody's own work. */
export const followLinks = (workspace: Workspace, question: Signal<Question | null>): void => {
  const open = (content: Content, message: string) => {
    const replace = () => workspace.replace(content, message);
    if (!workspace.isOwn.value) return replace();
    question.value = {
      title: "Open in place of your work?",
      text: "What you have written here is replaced. You can undo that right afterwards.",
      yes: "Open it",
      no: "Keep mine",
      onYes: replace,
    };
  };

  const follow = async () => {
    const linked = readHash(location.hash);
    if (linked.kind === "none") return;
    forgetHash();
    if (linked.kind === "unreadable") workspace.announce(linked.message);
    if (linked.kind === "share") open(linked.content, "The shared work is open.");
    if (linked.kind !== "example") return;
    const example = await loadExample(linked.name);
    if (example) open(asSeen(workspace, example), openedMessage(example));
    else workspace.announce(`There is no example "${linked.name}".`);
  };

  const welcome = async () => {
    const example = await loadWelcome();
    // Somebody may have begun to write before the engine was there.
    if (example && !workspace.isOwn.value) workspace.begin(example.content);
  };

  const begin = () => {
    if (workspace.isNew && readHash(location.hash).kind === "none") void welcome();
    else void follow();
    addEventListener("hashchange", () => void follow());
  };

  const stop = effect(() => {
    if (workspace.engineState.value.kind !== "ready") return;
    // Outside of the effect, which else would run anew for whatever is opened.
    queueMicrotask(() => {
      stop();
      begin();
    });
  });
};
