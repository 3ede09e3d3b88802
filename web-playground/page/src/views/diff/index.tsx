import type { VNode } from "preact";
import type { App } from "../../app";
import { Icon } from "../../components/Icon";
import type { Diff } from "../../engine/types";
import { Announced } from "../shared/Announced";
import { useAnswer } from "../shared/answer";
import { Capped } from "../shared/Capped";
import { Empty } from "../shared/Empty";
import { objectKey, resourceKey } from "../shared/names";
import { count } from "../shared/words";
import { ResourceDiff } from "./ResourceDiff";
import { StatusDiff } from "./StatusDiff";
import { resourcesInWords, untouchedInWords } from "./summary";
import "../shared/shared.css";
import "./diff.css";

/** What differs from the version that was pinned. */
export const DiffTab = ({ app }: { app: App }): VNode => {
  const diff = useAnswer(
    () => ({ revision: app.revision.value, pinnedAt: app.pinnedAt.value }),
    async ({ pinnedAt }) => ({ pinnedAt, diff: await app.engine.diff() }),
  );
  const pinnedAt = app.pinnedAt.value;
  const said = diff.value?.pinnedAt === pinnedAt ? diff.value : null;
  if (!pinnedAt) return <NothingPinned app={app} />;
  return (
    <div class="view">
      <div class="view-bar">
        <span class="grow">Compared with what was there at {pinnedAt.toLocaleTimeString()}</span>
        <button type="button" class="button small" onClick={() => pin(app)}>
          <Icon name="pin" /> Pin again
        </button>
        <button type="button" class="button small" onClick={() => unpin(app)}>
          Unpin
        </button>
      </div>
      <div class="view-scroll">{said && (said.diff ? <Differences app={app} diff={said.diff} /> : <Lost />)}</div>
    </div>
  );
};

const NothingPinned = ({ app }: { app: App }): VNode => (
  <Empty title="See how small a change is">
    <p>
      Pin what is there now, then edit. This tab says which statuses and which parts of Envoy's configuration differ.
    </p>
    <button type="button" class="button primary" onClick={() => pin(app)}>
      <Icon name="pin" /> Pin this version
    </button>
  </Empty>
);

/** The engine forgets when it has to start again. */
const Lost = (): VNode => <p class="muted">The engine had to start again and lost what was pinned. Pin it again.</p>;

/** So many resources are open from the start. */
const FEW = 3;

const Differences = ({ app, diff }: { app: App; diff: Diff }): VNode => {
  const { objects, resources } = diff;
  const summary = summaryOf(diff);
  return (
    <>
      <div class="diff-summary">
        <p class="lead">{summary}</p>
        <p class="muted">{untouchedInWords(resources, app.resources.value.size)}</p>
      </div>
      <Announced text={summary} />
      {objects.length > 0 && (
        <section>
          <h2>{count(objects.length, "status differs", "statuses differ")}</h2>
          <ul class="status-diffs">
            <Capped
              items={objects}
              render={(object) => <StatusDiff key={objectKey(object)} app={app} object={object} />}
              more={(button) => <li>{button}</li>}
            />
          </ul>
        </section>
      )}
      {resources.length > 0 && (
        <section>
          <h2>{count(resources.length, "resource differs", "resources differ")}</h2>
          <ul>
            <Capped
              items={resources}
              render={(resource) => (
                <ResourceDiff key={resourceKey(resource)} resource={resource} openAtFirst={resources.length <= FEW} />
              )}
              more={(button) => <li>{button}</li>}
            />
          </ul>
        </section>
      )}
    </>
  );
};

function summaryOf({ objects, resources }: Diff): string {
  if (resources.length > 0) return resourcesInWords(resources);
  return objects.length > 0 ? "Envoy would be sent nothing" : "Nothing differs: Envoy would be sent nothing";
}

async function pin(app: App): Promise<void> {
  await app.engine.pin();
  app.pinnedAt.value = new Date();
  app.announce("Pinned. Edits are compared with this version.");
}

async function unpin(app: App): Promise<void> {
  await app.engine.unpin();
  app.pinnedAt.value = null;
}
