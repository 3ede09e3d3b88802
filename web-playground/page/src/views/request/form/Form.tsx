import type { VNode } from "preact";
import { useId } from "preact/hooks";
import type { App } from "../../../app";
import type { Request } from "../../../engine/types";
import { Arrival } from "./Arrival";
import { Field } from "./Field";
import type { FieldErrors } from "./fields";
import { Headers } from "./Headers";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

export const Form = ({ app, errors }: { app: App; errors: FieldErrors }): VNode => {
  const methods = useId();
  const request = app.request.value;
  const change = (part: Partial<Request>) => (app.request.value = { ...request, ...part });
  return (
    <form class="request-form" onSubmit={(event) => event.preventDefault()}>
      <div class="request-line">
        <Field label="Method" error={errors.method}>
          {(attributes) => (
            <input
              {...attributes}
              class="field code"
              list={methods}
              placeholder="GET"
              spellcheck={false}
              autocapitalize="characters"
              value={request.method ?? ""}
              onInput={(event) => change({ method: event.currentTarget.value.trim() })}
            />
          )}
        </Field>
        <datalist id={methods}>
          {METHODS.map((method) => (
            <option key={method} value={method} />
          ))}
        </datalist>
        <Field label="URL" error={errors.url}>
          {(attributes) => (
            <input
              {...attributes}
              class="field code"
              type="url"
              placeholder="https://shop.example.com/cart?id=1"
              spellcheck={false}
              value={request.url}
              onInput={(event) => change({ url: event.currentTarget.value.trim() })}
            />
          )}
        </Field>
      </div>
      <Headers headers={request.headers ?? []} errors={errors} onChange={(headers) => change({ headers })} />
      <details class="more" open={saysArrival(request)}>
        <summary>How it comes in</summary>
        <Arrival request={request} errors={errors} onChange={change} />
      </details>
    </form>
  );
};

function saysArrival({ listener, serverName, peer, proxy }: Request): boolean {
  return Boolean(listener || peer || proxy) || typeof serverName === "string";
}
