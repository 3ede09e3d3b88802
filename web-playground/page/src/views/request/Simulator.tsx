import { useComputed } from "@preact/signals";
import type { VNode } from "preact";
import type { App } from "../../app";
import { Icon } from "../../components/Icon";
import { Menu } from "../../components/Menu";
import type { Explained, Request } from "../../engine/types";
import { useAnswer } from "../shared/answer";
import { copy } from "../shared/clipboard";
import { Answer } from "./answer/Answer";
import { asCurl, asExplain, asMarkdown } from "./commands";
import { ExpectThis } from "./expectations/ExpectThis";
import { askable, errorsOf, fieldOf, type FieldErrors } from "./form/fields";
import { Form } from "./form/Form";

type Answered = Exclude<Explained, { error: string }>;

/** A request, and while it is typed what becomes of it. */
export const Simulator = ({ app }: { app: App }): VNode => {
  const ownErrors = useComputed(() => errorsOf(app.request.value));
  const said = useAnswer(
    () => ({ revision: app.revision.value, request: app.request.value, errors: ownErrors.value }),
    async ({ request, errors }) => (isInOrder(errors) ? app.engine.explain(askable(request)) : undefined),
  );
  const explained = said.value;
  const error = explained && "error" in explained ? explained.error : null;
  const field = error === null ? null : fieldOf(error);
  const errors: FieldErrors = field && error !== null ? { [field]: error, ...ownErrors.value } : ownErrors.value;
  return (
    <div class="view-scroll">
      <Form app={app} errors={errors} />
      {explained && !("error" in explained) && (
        <div class={isInOrder(ownErrors.value) ? "" : "is-stale"}>
          <Actions app={app} explained={explained} />
          <Answer app={app} explanation={explained.explanation} places={explained.places} />
        </div>
      )}
      {error !== null && !field && (
        <p class="form-error" role="status">
          {error}
        </p>
      )}
    </div>
  );
};

const Actions = ({ app, explained }: { app: App; explained: Answered }): VNode => {
  const request = askable(app.request.value);
  const files = app.files.value.map((file) => file.name);
  const hasSettings = app.settingsText.value.trim() !== "";
  return (
    <div class="answer-actions">
      <ExpectThis app={app} suggested={nameOf(request)} />
      <Menu
        label="Copy the request or the answer"
        class="button small"
        items={[
          { label: "As curl", run: () => void copy(app, "the curl command", asCurl(request)) },
          {
            label: "As isoline explain",
            run: () => void copy(app, "the command", asExplain(request, files, hasSettings)),
          },
          {
            label: "As Markdown",
            run: () => void copy(app, "the answer", asMarkdown(request, explained.explanation, explained.text)),
          },
        ]}
      >
        <Icon name="copy" /> Copy
      </Menu>
    </div>
  );
};

function isInOrder(errors: FieldErrors): boolean {
  return Object.keys(errors).length === 0;
}

function nameOf({ method, url }: Request): string {
  return `${method || "GET"} ${url.replace(/^https?:\/\//i, "")}`;
}
