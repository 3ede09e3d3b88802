import type { VNode } from "preact";
import type { Listener, Request } from "../../../engine/types";
import { Toggle } from "../../shared/Segments";
import { Field } from "./Field";
import type { FieldErrors } from "./fields";

interface Props {
  request: Request;
  errors: FieldErrors;
  onChange: (part: Partial<Request>) => void;
}

type ProxyHeader = NonNullable<Request["proxy"]>;

const LISTENERS: readonly Listener[] = ["http", "https", "tls-offload"];
const FIRST_PROXY: ProxyHeader = { source: "203.0.113.7", destinationPort: 443, endedTls: false };

const listenerOf = (text: string): Listener | null => LISTENERS.find((listener) => listener === text) ?? null;

/** How the request comes in, where the settings should not say it. */
export const Arrival = ({ request, errors, onChange }: Props): VNode => {
  const { listener, serverName, peer, proxy } = request;
  const changeProxy = (part: Partial<ProxyHeader>) => onChange({ proxy: { ...FIRST_PROXY, ...proxy, ...part } });
  return (
    <div class="arrival">
      <Field label="Listener">
        {(attributes) => (
          <select
            {...attributes}
            class="field"
            value={listener ?? ""}
            onChange={(event) => onChange({ listener: listenerOf(event.currentTarget.value) })}
          >
            <option value="">By the settings</option>
            {LISTENERS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Peer address" error={errors.peer}>
        {(attributes) => (
          <input
            {...attributes}
            class="field code"
            placeholder="By the settings"
            spellcheck={false}
            value={peer ?? ""}
            onInput={(event) => onChange({ peer: event.currentTarget.value.trim() || null })}
          />
        )}
      </Field>
      <Field label="Server name (SNI)">
        {(attributes) => (
          <input
            {...attributes}
            class="field code"
            placeholder={serverName === "" ? "None" : "The host of the URL"}
            disabled={serverName === ""}
            spellcheck={false}
            value={serverName ?? ""}
            onInput={(event) => onChange({ serverName: event.currentTarget.value.trim() || null })}
          />
        )}
      </Field>
      <div class="arrival-choices">
        <Toggle
          label="No server name"
          on={serverName === ""}
          onChange={(none) => onChange({ serverName: none ? "" : null })}
        />
        <Toggle
          label="PROXY header"
          on={Boolean(proxy)}
          onChange={(on) => onChange({ proxy: on ? FIRST_PROXY : null })}
        />
      </div>
      {proxy && (
        <>
          <Field label="Client's address" error={errors.source}>
            {(attributes) => (
              <input
                {...attributes}
                class="field code"
                placeholder="Unknown"
                spellcheck={false}
                value={proxy.source ?? ""}
                onInput={(event) => changeProxy({ source: event.currentTarget.value.trim() || null })}
              />
            )}
          </Field>
          <Field label="Port that it dialled" error={errors.port}>
            {(attributes) => (
              <input
                {...attributes}
                class="field code"
                type="number"
                min={0}
                max={65535}
                value={proxy.destinationPort}
                onInput={(event) => changeProxy({ destinationPort: event.currentTarget.valueAsNumber })}
              />
            )}
          </Field>
          <Toggle
            label="Its SSL TLV says TLS"
            on={proxy.endedTls}
            onChange={(endedTls) => changeProxy({ endedTls })}
          />
        </>
      )}
    </div>
  );
};
