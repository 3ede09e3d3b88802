import { hasField, withBlock, withField, withoutBlock } from "./rewrite";

/** Something that commonly stands in front of Envoy. */
export interface Front {
  title: string;
  description: string;
  /** Nothing if `loadBalancer` needs no words. */
  block: string | null;
  /** Whether what it ends TLS for arrives on a port of its own. */
  ownPort: boolean;
}

export const fronts: readonly Front[] = [
  {
    title: "TLS ends in Envoy",
    description: "Nothing is in front, or something that passes TCP through.",
    block: null,
    ownPort: false,
  },
  {
    title: "NLB with TLS listener",
    description: "It ends TLS and sends it to a port of its own, 8081.",
    block: "loadBalancer:\n  mode: L4TLS",
    ownPort: true,
  },
  {
    title: "NLB with PROXY protocol v2",
    description: "It ends TLS and sends all to one port; the PROXY header says which port the client dialled.",
    block: "loadBalancer:\n  mode: L4TLS\n  proxyProtocol: Required\n  tlsPorts: [443]",
    ownPort: false,
  },
  {
    title: "ALB",
    description: "It speaks HTTP and writes X-Forwarded-Proto; its subnets are trusted.",
    block: "loadBalancer:\n  mode: L7\n  trusted:\n    cidrs: [10.0.0.0/16]",
    ownPort: false,
  },
  {
    title: "Trusted L7 proxy",
    description: "One proxy that speaks HTTP, whatever its address.",
    block: "loadBalancer:\n  mode: L7\n  trusted:\n    hops: 1",
    ownPort: false,
  },
];

/** The settings with this in front of Envoy; all else stays as it is written. */
export const withFront = (settings: string, { block, ownPort }: Front): string => {
  const fronted = block ? withBlock(settings, "loadBalancer", block) : withoutBlock(settings, "loadBalancer");
  return ownPort || hasField(fronted, "listeners", "tlsOffload")
    ? withField(fronted, "listeners", "tlsOffload", `{enabled: ${ownPort}}`)
    : fronted;
};
