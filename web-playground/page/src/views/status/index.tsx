import { useComputed } from "@preact/signals";
import type { VNode } from "preact";
import type { App } from "../../app";
import { toneOf } from "../../components/StatusBadge";
import type { ObjectChange } from "../../engine/types";
import { Announced } from "../shared/Announced";
import { useAnswer } from "../shared/answer";
import { Empty } from "../shared/Empty";
import { keep } from "../shared/kept";
import { compare } from "../shared/names";
import { SearchField } from "../shared/SearchField";
import { Segments, Toggle } from "../shared/Segments";
import { Starting } from "../shared/Starting";
import { count, matchesWords } from "../shared/words";
import { InclusionTree } from "./InclusionTree";
import { readManifests } from "./manifests";
import { Objects } from "./Objects";
import { groupByObject } from "./problems";
import { Refused } from "./Refused";
import { tenancyOf } from "./tenant";
import { TenantView } from "./TenantView";
import "../shared/shared.css";
import "./status.css";

type Mode = "objects" | "inclusion";

/** What the controller says of each object, and who includes whom. */
export const StatusTab = ({ app }: { app: App }): VNode => {
  const mode = keep<Mode>(app, "status mode", "objects");
  const search = keep(app, "status search", "");
  const onlyProblems = keep(app, "status problems", false);
  const inclusion = useAnswer(
    () => app.revision.value,
    () => app.engine.inclusion(),
  );
  const manifests = useComputed(() => {
    void app.revision.value;
    return readManifests(app.files.peek());
  });
  const diagnostics = useComputed(() => groupByObject(app.diagnostics.value));
  const all = useComputed(() => Array.from(app.objects.value.values()));
  const namespaces = useComputed(() => Array.from(new Set(all.value.map((object) => object.namespace))).sort(compare));
  const objects = useComputed(() =>
    all.value.filter((object) => {
      const isOwn = app.tenant.value === null || object.namespace === app.tenant.value;
      const isWanted = !onlyProblems.value || hasProblems(object);
      return isOwn && isWanted && matchesWords(`${object.kind} ${object.namespace}/${object.name}`, search.value);
    }),
  );
  const tenancy = useComputed(
    () => app.tenant.value && inclusion.value && tenancyOf(app.tenant.value, inclusion.value, manifests.value),
  );

  if (app.revision.value === 0) return <Starting />;
  if (all.value.length === 0) return <NothingYet app={app} />;
  const tenant = app.tenant.value;
  const summary = summaryOf(objects.value);
  return (
    <div class="view">
      <div class="view-bar">
        <Segments
          label="What to show"
          value={mode.value}
          options={[
            { value: "objects", label: "Objects" },
            { value: "inclusion", label: "Inclusion" },
          ]}
          onChange={(value) => (mode.value = value)}
        />
        <SearchField label="Filter by name" text={search} />
        <Toggle label="Only with problems" on={onlyProblems.value} onChange={(on) => (onlyProblems.value = on)} />
        <select
          class="field"
          aria-label="Namespace"
          value={tenant ?? ""}
          onChange={(event) => (app.tenant.value = event.currentTarget.value || null)}
        >
          <option value="">All namespaces</option>
          {namespaces.value.map((namespace) => (
            <option key={namespace}>{namespace}</option>
          ))}
        </select>
      </div>
      <p class="summary muted">{summary}</p>
      <Refused app={app} />
      <Announced text={summary} />
      {mode.value === "inclusion" && inclusion.value ? (
        <InclusionTree
          app={app}
          inclusion={inclusion.value}
          shown={{ search: search.value, onlyProblems: onlyProblems.value, tenant }}
        />
      ) : (
        <div class="view-scroll">
          {tenant && tenancy.value && <TenantView app={app} namespace={tenant} tenancy={tenancy.value} />}
          <Objects app={app} objects={objects.value} manifests={manifests.value} diagnostics={diagnostics.value} />
        </div>
      )}
    </div>
  );
};

const NothingYet = ({ app }: { app: App }): VNode => (
  <Empty title="Nothing is here yet">
    <p>Paste an HTTPProxy into the editor, or open one of the examples. Its status appears here while you type.</p>
    <Refused app={app} />
  </Empty>
);

function hasProblems({ status }: ObjectChange): boolean {
  return status !== null && toneOf(status) !== "ok";
}

function summaryOf(objects: readonly ObjectChange[]): string {
  const judged = objects.filter((object) => object.status);
  const wrong = judged.filter(({ status }) => toneOf(status) === "error").length;
  const warned = judged.filter(({ status }) => toneOf(status) === "warning").length;
  const words = [
    count(objects.length, "object"),
    ...(wrong > 0 ? [count(wrong, "has errors", "have errors")] : []),
    ...(warned > 0 ? [count(warned, "has warnings", "have warnings")] : []),
    ...(judged.length > 0 && wrong + warned === 0 ? ["nothing wrong"] : []),
  ];
  return words.join(", ");
}
