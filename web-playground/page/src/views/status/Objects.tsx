import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { App } from "../../app";
import { toneOf } from "../../components/StatusBadge";
import type { ObjectChange } from "../../engine/types";
import { Capped } from "../shared/Capped";
import { groupBy } from "../shared/group";
import { byName, objectKey } from "../shared/names";
import { columnsOf, compareKinds } from "./columns";
import type { Manifests } from "./manifests";
import { ObjectRow } from "./ObjectRow";
import type { ByObject } from "./problems";

interface Props {
  app: App;
  objects: readonly ObjectChange[];
  manifests: Manifests;
  diagnostics: ByObject;
}

/** A table for each kind. */
export const Objects = (props: Props): VNode => {
  const kinds = useMemo(() => {
    const groups = groupBy(props.objects, (object) => object.kind);
    return Array.from(groups).sort(([a], [b]) => compareKinds(a, b));
  }, [props.objects]);
  return (
    <>
      {kinds.map(([kind, objects]) => (
        <KindTable key={kind} {...props} kind={kind} objects={objects} />
      ))}
    </>
  );
};

const KindTable = ({ app, kind, objects, manifests, diagnostics }: Props & { kind: string }): VNode => {
  const sorted = useMemo(() => objects.toSorted(byName), [objects]);
  const columns = columnsOf(kind);
  const hasStatus = objects.some((object) => object.status);
  const problems = objects.filter((object) => toneOf(object.status) === "error" || toneOf(object.status) === "warning");
  const width = 1 + columns.length + (hasStatus ? 2 : 0);
  return (
    <section class="kind">
      <h2 id={`kind-${kind}`}>
        {kind} <span class="muted">{objects.length.toLocaleString("en")}</span>
        {problems.length > 0 && <span class="kind-problems">{problems.length.toLocaleString("en")} with problems</span>}
      </h2>
      <table class="objects" aria-labelledby={`kind-${kind}`}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            {columns.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            {hasStatus && <th scope="col">Status</th>}
            {hasStatus && (
              <th scope="col" class="description">
                Status description
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          <Capped
            items={sorted}
            render={(object) => {
              const key = objectKey(object);
              return (
                <ObjectRow
                  key={key}
                  app={app}
                  object={object}
                  manifest={manifests.get(key)}
                  diagnostics={diagnostics.get(key)}
                  hasStatus={hasStatus}
                />
              );
            }}
            more={(button) => (
              <tr>
                <td colSpan={width}>{button}</td>
              </tr>
            )}
          />
        </tbody>
      </table>
    </section>
  );
};
