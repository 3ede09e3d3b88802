import type { VNode } from "preact";
import type { Forwarding, Upstream } from "../../../engine/types";

/** What the backend is sent, and by what share. */
export const Forwarded = ({ forwarding }: { forwarding: Forwarding }): VNode => {
  const { host, path, mirror } = forwarding;
  return (
    <section>
      <h2>What the backend is sent</h2>
      <Upstreams upstreams={forwarding.upstreams} />
      <table class="sent">
        <tbody>
          <Line name="Host" value={host} />
          <Line name="Path" value={path} />
          {mirror && <Line name="Copy to" value={mirror} />}
          <Headers label="Set" headers={forwarding.setRequestHeaders} />
          <Removed label="Removed" names={forwarding.removeRequestHeaders} />
          <Headers label="Set on the answer" headers={forwarding.setResponseHeaders} />
          <Removed label="Removed from the answer" names={forwarding.removeResponseHeaders} />
        </tbody>
      </table>
    </section>
  );
};

export const Upstreams = ({ upstreams }: { upstreams: readonly Upstream[] }): VNode => (
  <ul class="upstreams">
    {upstreams.map((upstream) => {
      const share = upstream.of > 0 ? upstream.weight / upstream.of : 0;
      return (
        <li key={upstream.service}>
          <span class="code">{upstream.service}</span>
          {upstreams.length > 1 && (
            <>
              <span class="share" aria-hidden="true">
                <span style={{ width: `${share * 100}%` }} />
              </span>
              <span class="share-words">{`${Math.round(share * 1000) / 10} %`}</span>
            </>
          )}
          <span class="muted code">{ownOf(upstream)}</span>
        </li>
      );
    })}
  </ul>
);

function ownOf({ host, setRequestHeaders = [] }: Upstream): string {
  const headers = setRequestHeaders.map(([name, value]) => `${name}: ${value}`);
  return [...(host ? [`Host: ${host}`] : []), ...headers].join(", ");
}

const Headers = ({ label, headers }: { label: string; headers: readonly [string, string][] }): VNode => (
  <>
    {headers.map(([name, value]) => (
      <Line key={name} name={label} value={`${name}: ${value}`} />
    ))}
  </>
);

const Removed = ({ label, names }: { label: string; names: readonly string[] }): VNode | null =>
  names.length > 0 ? <Line name={label} value={names.join(", ")} /> : null;

const Line = ({ name, value }: { name: string; value: string }): VNode => (
  <tr>
    <th scope="row">{name}</th>
    <td class="code">{value}</td>
  </tr>
);
