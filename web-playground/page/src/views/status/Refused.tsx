import type { VNode } from "preact";
import type { App } from "../../app";
import { Icon } from "../../components/Icon";
import type { Diagnostic } from "../../engine/types";
import { objectKey } from "../shared/names";
import { count } from "../shared/words";

const reasons: ReadonlySet<string> = new Set(["Syntax", "Rejected"]);

const documentOf = ({ object, file, line }: Diagnostic): string => (object ? objectKey(object) : `${file}:${line}`);

/** Documents that cannot be read have no status: how many there are, and a way to the first. */
export const Refused = ({ app }: { app: App }): VNode | null => {
  const diagnostics = app.diagnostics.value.filter(({ reason }) => reasons.has(reason));
  const [first] = diagnostics;
  if (!first) return null;
  const documents = new Set(diagnostics.map(documentOf)).size;
  return (
    <button type="button" class="jump refused" onClick={() => app.reveal(first)}>
      <Icon name="error" tone="error" />
      {count(documents, "document cannot", "documents cannot")} be read and {documents === 1 ? "is" : "are"} left out.
      <span class="muted">Go to the first problem</span>
    </button>
  );
};
