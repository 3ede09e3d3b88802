import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import type { App } from "../../../app";
import { Icon } from "../../../components/Icon";
import type { Expectation } from "../../../engine/types";
import { Announced } from "../../shared/Announced";
import { download } from "../../shared/clipboard";
import { Empty } from "../../shared/Empty";
import { count } from "../../shared/words";
import { Item } from "./Item";
import { failedExpectations, outcomes } from "./outcomes";

/** What should become of requests, and whether it still does. */
export const Expectations = ({ app, onAsk }: { app: App; onAsk: () => void }): VNode => {
  const expectations = app.expectations.value;
  const judged = outcomes(app).value;
  const editing = useSignal<number | null>(null);
  const replace = (index: number, ...by: Expectation[]) => {
    app.expectations.value = expectations.toSpliced(index, 1, ...by);
  };
  return (
    <div class="view-scroll">
      <Bar app={app} />
      {expectations.length === 0 ? (
        <NoneYet onAsk={onAsk} />
      ) : (
        <ul>
          {expectations.map((expectation, index) => (
            <Item
              key={index}
              app={app}
              expectation={expectation}
              outcome={judged[index]}
              onChange={(changed) => replace(index, changed)}
              isEdited={editing.value === index}
              onEdit={(edit) => (editing.value = edit ? index : null)}
              onDelete={() => {
                editing.value = null;
                replace(index);
              }}
              onLoad={() => {
                app.request.value = expectation.request;
                onAsk();
              }}
            />
          ))}
        </ul>
      )}
    </div>
  );
};

const NoneYet = ({ onAsk }: { onAsk: () => void }): VNode => (
  <Empty title="Keep what should not change">
    <p>
      Ask for something, then press “Expect this”. After each edit the page says which expectations still hold.{" "}
      <code>isoline check --expect FILE</code> says the same in CI.
    </p>
    <button type="button" class="button" onClick={onAsk}>
      Write a request
    </button>
  </Empty>
);

const Bar = ({ app }: { app: App }): VNode => {
  const file = useRef<HTMLInputElement>(null);
  const all = app.expectations.value;
  const failed = failedExpectations(app).value;
  const words = failed > 0 ? `${failed} of ${all.length} do not hold` : all.length > 0 ? "All hold" : "";
  const write = async () => download("expectations.yaml", await app.engine.writeExpectations([...all]));
  const read = async (input: HTMLInputElement) => {
    const [chosen] = input.files ?? [];
    if (!chosen) return;
    const said = await app.engine.readExpectations(await chosen.text());
    input.value = "";
    if ("error" in said) return app.announce(`${chosen.name}: ${said.error}`);
    app.expectations.value = [...app.expectations.value, ...said];
    app.announce(`Read ${count(said.length, "expectation")}.`);
  };
  return (
    <div class="expectations-bar">
      <p class="muted grow">{words}</p>
      <Announced text={words} />
      <input
        ref={file}
        type="file"
        class="visually-hidden"
        tabIndex={-1}
        aria-label="File with expectations"
        accept=".yaml,.yml"
        onChange={(event) => read(event.currentTarget)}
      />
      <button type="button" class="button small" onClick={() => file.current?.click()}>
        <Icon name="upload" /> Import
      </button>
      <button type="button" class="button small" disabled={all.length === 0} onClick={write}>
        <Icon name="download" /> Export
      </button>
      <button
        type="button"
        class="button small"
        disabled={all.length === 0}
        onClick={() => {
          app.expectations.value = [...all];
          app.announce("Judged again.");
        }}
      >
        Run again
      </button>
    </div>
  );
};
