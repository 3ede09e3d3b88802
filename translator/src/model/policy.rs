//! What stands before a route.

use std::{collections::BTreeMap, time::Duration};

use ipnet::IpNet;
use isoline_policy::{Access, ClientIp, Forward};

use super::{Cluster, HeaderMatch, Timeout};
use crate::api::{
    httpproxy::CorsPolicy,
    shared::{AllowedHeader, IpFilterSource},
};

/// Who may come, by address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IpFilter {
    /// Whether the rules say who may come; else who may not.
    pub(crate) allow: bool,
    pub(crate) rules: Vec<IpRule>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IpRule {
    pub(crate) source: IpFilterSource,
    pub(crate) network: IpNet,
}

/// What a RoutePolicy says of clients, beside what becomes of cleartext.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ClientPolicy {
    /// Where the client's address is taken from.
    pub(crate) client_ip: Option<ClientIp>,
    /// What backends are told of it.
    pub(crate) forward: Option<Forward>,
    /// Who may come; in force beside the [`IpFilter`] of host or route.
    pub(crate) access: Option<Access>,
    /// The value of `Strict-Transport-Security`, told over https only.
    pub(crate) strict_transport_security: Option<String>,
}

impl ClientPolicy {
    /// What backends are told: whoever says where the client's address comes from has them told of it.
    pub(crate) fn told(&self) -> Option<Forward> {
        self.forward.or(self.client_ip.as_ref().map(|_| Forward::default()))
    }
}

/// An external service that is asked whether a request may pass.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Authorization {
    pub(crate) cluster: Cluster,
    pub(crate) protocol: AuthorizationProtocol,
    /// The authority under which the service is called.
    pub(crate) authority: String,
    pub(crate) timeout: Timeout,
    /// Whether requests pass while it cannot be asked.
    pub(crate) fail_open: bool,
    pub(crate) body: Option<RequestBody>,
    /// What it is told beside the request.
    pub(crate) context: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AuthorizationProtocol {
    Grpc,
    Http {
        path_prefix: String,
        /// Which of the client's headers it is sent.
        allowed_request_headers: Vec<AllowedHeader>,
        /// Which of its headers the backend is sent.
        allowed_upstream_headers: Vec<AllowedHeader>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RequestBody {
    pub(crate) max_bytes: u32,
    pub(crate) allow_partial: bool,
    pub(crate) pack_as_bytes: bool,
}

/// Whose tokens are good.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JwtProvider {
    /// `namespace/name/provider`: unique in all hosts.
    pub(crate) key: String,
    pub(crate) issuer: String,
    pub(crate) audiences: Vec<String>,
    /// Whether backends get the token.
    pub(crate) forward: bool,
    pub(crate) keys: Jwks,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Jwks {
    /// JSON.
    Inline(String),
    Remote {
        uri: String,
        cluster: Box<Cluster>,
        timeout: Duration,
        cache_duration: Option<Duration>,
    },
}

impl JwtProvider {
    pub(crate) fn cluster(&self) -> Option<&Cluster> {
        match &self.keys {
            Jwks::Inline(_) => None,
            Jwks::Remote { cluster, .. } => Some(cluster),
        }
    }
}

/// A bucket of tokens in every Envoy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocalRateLimit {
    /// `vhost.<fqdn>`.
    pub(crate) stat_prefix: String,
    pub(crate) max_tokens: u32,
    pub(crate) tokens_per_fill: u32,
    pub(crate) fill_interval: Duration,
    /// 429 unless set.
    pub(crate) status: Option<u32>,
    /// Of the refusal; values are Envoy formats.
    pub(crate) response_headers: Vec<(String, String)>,
}

/// What a route sends to the rate-limit service.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RateLimits {
    pub(crate) descriptors: Vec<RateLimitDescriptor>,
    /// Whether those of the host do not count here.
    pub(crate) ignore_host: bool,
}

/// Entries that are counted together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RateLimitDescriptor {
    pub(crate) entries: Vec<DescriptorEntry>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DescriptorEntry {
    /// An empty key is Envoy's `generic_key`.
    GenericKey {
        key: String,
        value: String,
    },
    RequestHeader {
        header: String,
        key: String,
    },
    HeaderValueMatch {
        headers: Vec<HeaderMatch>,
        expect_match: bool,
        value: String,
    },
    RemoteAddress,
}

/// Which pages of other origins may ask.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cors {
    pub(crate) origins: Vec<CorsOrigin>,
    /// Everything else as written.
    pub(crate) policy: CorsPolicy,
    /// Whole seconds as text; `0` forbids to cache.
    pub(crate) max_age: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CorsOrigin {
    /// `*`, or an origin whose case does not count.
    Exact(String),
    Regex(String),
}
