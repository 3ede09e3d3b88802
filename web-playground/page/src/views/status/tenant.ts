import type { Included, Inclusion } from "../../engine/types";
import type { Manifests } from "./manifests";
import { listAt, textAt } from "./yaml-value";

/** An include between two namespaces, or a delegation of a Secret. */
export interface Include {
  from: string;
  to: string;
  status: string;
  conditions: unknown[];
}

export interface Delegation {
  /** `namespace/name` of the TLSCertificateDelegation. */
  name: string;
  /** `namespace/name` */
  secret: string;
  targets: string[];
}

/** What a namespace has to do with others. */
export interface Tenancy {
  hosts: { host: string; proxy: string; status: string }[];
  includes: Include[];
  includedBy: Include[];
  delegationsTo: Delegation[];
  delegationsFrom: Delegation[];
}

export function tenancyOf(namespace: string, inclusion: Inclusion, manifests: Manifests): Tenancy {
  const includes = unique(inclusion.roots.flatMap(includesBelow));
  const delegations = delegationsIn(manifests);
  const own = inclusion.roots.filter((root) => root.namespace === namespace);
  const between = includes.filter(({ from, to }) => namespaceOf(from) !== namespaceOf(to));
  return {
    hosts: own.map((root) => ({ host: root.host, proxy: nameOf(root), status: root.status })),
    includes: between.filter(({ from }) => namespaceOf(from) === namespace),
    includedBy: between.filter(({ to }) => namespaceOf(to) === namespace),
    delegationsTo: delegations.filter(({ name, targets }) => {
      return namespaceOf(name) !== namespace && reaches(targets, namespace);
    }),
    delegationsFrom: delegations.filter(({ name }) => namespaceOf(name) === namespace),
  };
}

function includesBelow(proxy: Included): Include[] {
  return proxy.children.flatMap((child) => {
    const { status, conditions } = child;
    return [{ from: nameOf(proxy), to: nameOf(child), status, conditions }, ...includesBelow(child)];
  });
}

/** A proxy that several roots lead to would say the same several times. */
function unique(includes: readonly Include[]): Include[] {
  return Array.from(new Map(includes.map((include) => [JSON.stringify(include), include])).values());
}

function delegationsIn(manifests: Manifests): Delegation[] {
  return Array.from(manifests).flatMap(([key, object]) => {
    const [kind, name = ""] = key.split(" ");
    if (kind !== "TLSCertificateDelegation") return [];
    return listAt(object, "spec", "delegations").map((delegation) => ({
      name,
      secret: `${namespaceOf(name)}/${textAt(delegation, "secretName")}`,
      targets: listAt(delegation, "targetNamespaces").filter((target) => typeof target === "string"),
    }));
  });
}

/** `*` means every namespace, but only where it stands alone. */
function reaches(targets: readonly string[], namespace: string): boolean {
  return targets.includes(namespace) || (targets.length === 1 && targets[0] === "*");
}

function nameOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`;
}

function namespaceOf(name: string): string {
  return name.slice(0, name.indexOf("/"));
}
