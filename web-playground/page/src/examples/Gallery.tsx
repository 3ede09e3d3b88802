import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { Dialog } from "../components/Dialog";
import type { Workspace } from "../state/workspace";
import { grouped, loadExamples, searched } from "./catalog";
import { type Example, asSeen, openedMessage } from "./example";
import "./gallery.css";

/** Where there is none, focus would bring one up over the examples. */
const hasKeyboard = matchMedia("(pointer: fine)").matches;

const Card = ({ example, onOpen }: { example: Example; onOpen: () => void }): VNode => (
  <li>
    <button type="button" class="gallery-card" onClick={onOpen}>
      <b>{example.title}</b>
      <span class="muted">{example.description}</span>
    </button>
  </li>
);

export const Gallery = ({ workspace, onClose }: { workspace: Workspace; onClose: () => void }): VNode => {
  const examples = useSignal<readonly Example[] | null>(null);
  const words = useSignal("");
  useEffect(() => {
    loadExamples().then(
      (loaded) => (examples.value = loaded),
      () => workspace.announce("The examples cannot be loaded."),
    );
  }, [workspace]);
  const found = examples.value && searched(examples.value, words.value);
  return (
    <Dialog title="Examples" onClose={onClose}>
      <input
        class="field"
        type="search"
        aria-label="Search examples"
        autofocus={hasKeyboard}
        placeholder="Search, also in their YAML"
        value={words.value}
        onInput={({ currentTarget }) => (words.value = currentTarget.value)}
      />
      <p class="visually-hidden" role="status">
        {found ? `${found.length} examples` : "Loading"}
      </p>
      {found && found.length === 0 && <p class="muted">No example has all of these words.</p>}
      <div class="gallery">
        {found &&
          grouped(found).map(([group, members]) => (
            <section key={group} aria-label={group}>
              <h3>{group}</h3>
              <ul class="gallery-cards">
                {members.map((example) => (
                  <Card
                    key={example.name}
                    example={example}
                    onOpen={() => {
                      onClose();
                      workspace.replace(asSeen(workspace, example), openedMessage(example));
                    }}
                  />
                ))}
              </ul>
            </section>
          ))}
      </div>
    </Dialog>
  );
};
