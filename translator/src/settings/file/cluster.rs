//! The block `cluster`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    super::{
        Cluster as Typed, DnsLookupFamily,
        read::{positive, word},
        remark::At,
        text::Text,
    },
    tls::Parameters,
};

/// What holds for every endpoint.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(super) struct Cluster {
    /// How the names of ExternalName services and of JWKS hosts are looked up: `auto` (IPv6, else IPv4), `v4`, `v6`
    /// or `all`. Default: `auto`.
    dns_lookup_family: Text,
    /// Requests after which a connection to an endpoint is closed, at least 1. Default: no limit.
    max_requests_per_connection: Option<u32>,
    /// Bytes that are buffered of a connection to an endpoint, at least 1. Default: Envoy's, 1 MiB.
    per_connection_buffer_limit_bytes: Option<u32>,
    /// Limits of each service; an annotation of a Service replaces its own.
    circuit_breakers: CircuitBreakers,
    /// TLS to endpoints.
    upstream_tls: Parameters,
}

/// Limits of one service in one Envoy; 0 leaves it to Envoy.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
struct CircuitBreakers {
    /// Connections at a time. Default: Envoy's, 1024.
    max_connections: Option<u32>,
    /// Requests that wait for a connection. Default: Envoy's, 1024.
    max_pending_requests: Option<u32>,
    /// Requests at a time. Default: Envoy's, 1024.
    max_requests: Option<u32>,
    /// Retries at a time. Default: Envoy's, 3.
    max_retries: Option<u32>,
    /// Connections at a time to one endpoint. Default: no limit.
    per_host_max_connections: Option<u32>,
}

pub(super) const DNS_LOOKUP_FAMILIES: [(&str, DnsLookupFamily); 4] = [
    ("auto", DnsLookupFamily::Auto),
    ("v4", DnsLookupFamily::V4),
    ("v6", DnsLookupFamily::V6),
    ("all", DnsLookupFamily::All),
];

impl Cluster {
    pub(super) fn apply(self, to: &mut Typed, at: &mut At<'_>) {
        at.set(
            "dns-lookup-family",
            self.dns_lookup_family,
            &mut to.dns_lookup_family,
            |text: String| word(&text, &DNS_LOOKUP_FAMILIES, "invalid cluster DNS lookup family"),
        );
        at.set(
            "max-requests-per-connection",
            self.max_requests_per_connection,
            &mut to.max_requests_per_connection,
            positive("max connections per request", "cluster"),
        );
        at.set(
            "per-connection-buffer-limit-bytes",
            self.per_connection_buffer_limit_bytes,
            &mut to.buffer_limit_bytes,
            positive("per connections buffer limit bytes", "cluster"),
        );
        let breakers = self.circuit_breakers;
        to.circuit_breakers = crate::api::shared::CircuitBreakers {
            max_connections: breakers.max_connections.map_or(0, i64::from),
            max_pending_requests: breakers.max_pending_requests.map_or(0, i64::from),
            max_requests: breakers.max_requests.map_or(0, i64::from),
            max_retries: breakers.max_retries.map_or(0, i64::from),
            per_host_max_connections: breakers.per_host_max_connections.map_or(0, i64::from),
        };
        self.upstream_tls.apply(&mut to.tls, &mut at.block("upstream-tls"));
    }
}
