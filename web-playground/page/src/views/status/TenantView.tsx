import type { ComponentChildren, VNode } from "preact";
import type { App } from "../../app";
import { Badge } from "../../components/StatusBadge";
import { list } from "../shared/words";
import { inWords, type Condition } from "./conditions";
import type { Delegation, Include, Tenancy } from "./tenant";

interface Props {
  app: App;
  namespace: string;
  tenancy: Tenancy;
}

/** What a namespace has to do with others. */
export const TenantView = ({ app, namespace, tenancy }: Props): VNode => (
  <section class="tenant" aria-label={`Namespace ${namespace}`}>
    <Fact title="Hosts of its own" empty="It has no host of its own." items={tenancy.hosts}>
      {({ host, proxy, status }) => (
        <>
          <b class="code">{host}</b> <Proxy app={app} name={proxy} /> <Word status={status} />
        </>
      )}
    </Fact>
    <Fact title="Included by others" empty="Nobody outside includes its proxies." items={tenancy.includedBy}>
      {(include) => <IncludeLine app={app} include={include} />}
    </Fact>
    <Fact title="Includes of others" empty="It includes nothing outside." items={tenancy.includes}>
      {(include) => <IncludeLine app={app} include={include} />}
    </Fact>
    <Fact title="Certificates it may use" empty="No delegation reaches it." items={tenancy.delegationsTo}>
      {(delegation) => <DelegationLine app={app} delegation={delegation} />}
    </Fact>
    {tenancy.delegationsFrom.length > 0 && (
      <Fact title="Certificates it lends" empty="" items={tenancy.delegationsFrom}>
        {(delegation) => <DelegationLine app={app} delegation={delegation} />}
      </Fact>
    )}
  </section>
);

interface FactProps<T> {
  title: string;
  empty: string;
  items: readonly T[];
  children: (item: T) => ComponentChildren;
}

const Fact = <T,>({ title, empty, items, children }: FactProps<T>): VNode => (
  <div class="fact">
    <h2>{title}</h2>
    {items.length > 0 ? (
      <ul>
        {items.map((item, index) => (
          <li key={index}>{children(item)}</li>
        ))}
      </ul>
    ) : (
      <p class="muted">{empty}</p>
    )}
  </div>
);

const IncludeLine = ({ app, include }: { app: App; include: Include }): VNode => (
  <>
    <Proxy app={app} name={include.from} /> <span class="muted">includes</span>{" "}
    <Proxy app={app} name={include.to} /> <Word status={include.status} />
    <span class="muted"> {inWords(include.conditions as Condition[]).join(" and ")}</span>
  </>
);

const DelegationLine = ({ app, delegation }: { app: App; delegation: Delegation }): VNode => {
  const targets = delegation.targets.join() === "*" ? "every namespace" : list(delegation.targets);
  return (
    <>
      <span class="code">{delegation.secret}</span> <span class="muted">for {targets}, by</span>{" "}
      <Named app={app} kind="TLSCertificateDelegation" name={delegation.name} />
    </>
  );
};

const Proxy = ({ app, name }: { app: App; name: string }): VNode => <Named app={app} kind="HTTPProxy" name={name} />;

const Named = ({ app, kind, name }: { app: App; kind: string; name: string }): VNode => {
  const [namespace = "", own = ""] = name.split("/");
  return (
    <button type="button" class="jump code" onClick={() => app.revealObject({ kind, namespace, name: own })}>
      {name}
    </button>
  );
};

/** Only what is not as it should be needs a word. */
const Word = ({ status }: { status: string }): VNode | null =>
  status === "valid" ? null : <Badge tone={status === "orphaned" ? "warning" : "error"}>{status}</Badge>;
