//! RoutePolicy, `isoline.dev/v1alpha1`: what HTTPProxy and Ingress have no words for.

use isoline_policy::{ForwardedFor, RedirectStatus};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Names, Resource, rules,
    schema::{DURATION_OR_ZERO, REDIRECT_STATUSES},
    shared::MatchCondition,
};

/// Which routes it is about, and what becomes of their requests. One that cannot be read as a whole lets nobody in: the
/// routes that it governs answer 503.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoutePolicySpec {
    /// The objects whose routes it is about. A proxy's routes are its own and those of the proxies that it includes, as
    /// far as no policy of an included proxy governs them.
    #[schemars(length(min = 1))]
    pub(crate) target_refs: Vec<TargetRef>,
    /// Only requests under all of these are governed; all requests if empty. They are read as conditions of an include
    /// at the target: a prefix comes after those that lead to the target, and the prefix `/` says nothing. Of several
    /// policies of one target, the one with the most specific conditions governs a request; of two with the same, the
    /// older one.
    #[serde(default)]
    pub(crate) conditions: Vec<MatchCondition>,
    /// What happens to a request that did not come over TLS. Without it, and on routes with `permitInsecure`, what would
    /// happen without the policy.
    #[serde(default)]
    pub(crate) insecure: Option<InsecureSpec>,
    /// Where the client's address is taken from, and what backends are told of it.
    #[serde(default, rename = "clientIP")]
    pub(crate) client_ip: Option<ClientIpSpec>,
    /// Who may come, by the address that `clientIP` finds. Others get 403.
    #[serde(default)]
    pub(crate) access: Option<AccessSpec>,
    /// The header `Strict-Transport-Security` of answers over `https`.
    #[serde(default)]
    pub(crate) strict_transport_security: Option<StrictTransportSecuritySpec>,
}

/// An object of the policy's own namespace.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = [rules::GROUP_OF_KIND]))]
pub(crate) struct TargetRef {
    /// Its group: `projectcontour.io` of an HTTPProxy, `networking.k8s.io` of an Ingress.
    #[schemars(extend("enum" = ["projectcontour.io", "networking.k8s.io"]))]
    pub(crate) group: String,
    /// Its kind.
    pub(crate) kind: TargetKind,
    /// Its name.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
}

/// What can be a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum TargetKind {
    #[serde(rename = "HTTPProxy")]
    HttpProxy,
    Ingress,
}

/// `action` and, for a redirect, its status code.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [rules::STATUS_OF_REDIRECT]))]
pub(crate) struct InsecureSpec {
    /// `Redirect` to `https`, `Deny` with 403, or `Allow`.
    pub(crate) action: InsecureAction,
    /// Status of the redirect; 301 if not set.
    #[serde(default)]
    #[schemars(with = "i32", extend("enum" = REDIRECT_STATUSES))]
    pub(crate) status_code: Option<RedirectStatus>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum InsecureAction {
    Redirect,
    Deny,
    Allow,
}

/// The client's address.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [rules::TRUST_OF_SOURCE, rules::HEADER_OF_SOURCE]))]
pub(crate) struct ClientIpSpec {
    /// `Auto`: as the operator's settings say. `Peer`: the other end of the TCP connection. `ProxyProtocol`: the PROXY
    /// header. `ForwardedFor`: `X-Forwarded-For`, as far as the proxies that wrote it are ours. `Header`: a header that a
    /// proxy of ours writes. Where that is not possible, it is the nearest address that is certain.
    #[serde(default)]
    pub(crate) source: ClientIpSource,
    /// How many proxies in front are ours, for `ForwardedFor`.
    #[serde(default)]
    #[schemars(with = "i32", range(min = 1, max = 100))]
    pub(crate) trusted_hops: Option<u32>,
    /// Networks of the proxies that are ours, for `ForwardedFor`: such as `10.0.0.0/8`, or one address.
    #[serde(default, rename = "trustedCIDRs")]
    #[schemars(with = "Vec<String>", length(min = 1))]
    pub(crate) trusted_cidrs: Option<Vec<String>>,
    /// The header, for `Header`.
    #[serde(default)]
    pub(crate) header: Option<ClientIpHeader>,
    /// What backends are told of the client's address. Without it they are told what they always are.
    #[serde(default)]
    pub(crate) forward: Option<ForwardSpec>,
}

/// Where a client's address can be taken from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum ClientIpSource {
    #[default]
    Auto,
    Peer,
    ProxyProtocol,
    ForwardedFor,
    Header,
}

/// A header that holds the client's address.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct ClientIpHeader {
    /// Its name, in any case, such as `CF-Connecting-IP`. None that Envoy or Isoline writes itself.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Networks of the proxies that are ours, such as `10.0.0.0/8`, or one address; those of the operator if empty.
    #[serde(default, rename = "trustedCIDRs")]
    pub(crate) trusted_cidrs: Vec<String>,
}

/// What backends are told of the client's address.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForwardSpec {
    /// `X-Forwarded-For`. `Append`: what a trusted proxy wrote, and after it the address that the connection came from.
    /// `Replace`: the client's address alone. `Remove`: nothing.
    #[serde(default)]
    #[schemars(with = "ForwardedForAction")]
    pub(crate) x_forwarded_for: ForwardedFor,
    /// Whether `X-Real-IP` is the client's address; else it is removed.
    #[serde(default, rename = "xRealIP")]
    pub(crate) x_real_ip: bool,
}

/// The words of [`ForwardedFor`], which has no schema of its own.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a schema only")]
enum ForwardedForAction {
    Append,
    Replace,
    Remove,
}

/// Who may come: whoever is not denied and, where some are allowed, is one of them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct AccessSpec {
    /// Who may: networks such as `10.0.0.0/8`, or single addresses; everybody if empty.
    #[serde(default)]
    pub(crate) allow: Vec<String>,
    /// Who may not: networks such as `10.0.0.0/8`, or single addresses.
    #[serde(default)]
    pub(crate) deny: Vec<String>,
}

/// How long browsers come over `https` only.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StrictTransportSecuritySpec {
    /// For how long, in whole seconds: a duration such as `31536000s` or `8760h`; `0s` ends it.
    #[schemars(regex(pattern = DURATION_OR_ZERO))]
    pub(crate) max_age: String,
    /// Whether that holds for the host's subdomains too.
    #[serde(default)]
    pub(crate) include_sub_domains: bool,
    /// Whether browsers may know it before the first visit.
    #[serde(default)]
    pub(crate) preload: bool,
}

impl Resource for RoutePolicySpec {
    const NAMES: Names = Names {
        group: "isoline.dev",
        version: "v1alpha1",
        kind: "RoutePolicy",
        plural: "routepolicies",
        aliases: &[],
        columns: &[(
            "Insecure",
            ".spec.insecure.action",
            "What happens to a request without TLS",
        )],
        about: "What the routes of some HTTPProxies and Ingresses do behind a load balancer.",
        spec_is_required: true,
    };
}
