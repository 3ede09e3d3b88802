//! The blocks that are our own: `loadBalancer` and `listeners`.

use std::net::IpAddr;

use isoline_policy::{Mode, ProxyProtocol};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Listeners as TypedListeners, Settings, read::port, remark::At};

/// What stands in front of Envoy.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct LoadBalancer {
    /// `None`; `L4`, which passes TCP through; `L4TLS`, which ends TLS and works on connections; `L7`, which speaks
    /// HTTP and writes headers; or `Auto`, which is `None` outside a cluster. Default: `None`.
    #[schemars(with = "Option<String>")]
    mode: Option<Mode>,
    /// PROXY headers, v1 and v2, on every listener: `Off`, `Optional` or `Required`. With `Optional`, whoever reaches
    /// the port can claim a destination port: close it to everybody but the load balancer. Default: `Off`.
    #[schemars(with = "Option<String>")]
    pub(super) proxy_protocol: Option<ProxyProtocol>,
    /// Destination ports in a PROXY header on which the load balancer ended TLS. Default: `[443]`.
    tls_ports: Option<Vec<u16>>,
    /// Whose `X-Forwarded-*` headers are believed.
    pub(super) trusted: Trusted,
    /// What clients dial; used in redirects.
    external_ports: ExternalPorts,
}

/// Whose `X-Forwarded-*` headers are believed; nobody's unless it is said here.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Trusted {
    /// How many proxies in front are yours, whatever their address; `network.num-trusted-hops` means the same.
    /// Default: `0`.
    pub(super) hops: Option<u32>,
    /// Networks of proxies that are yours. Default: `[]`.
    #[schemars(with = "Option<Vec<String>>")]
    cidrs: Option<Vec<ipnet::IpNet>>,
}

/// The ports that clients dial.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ExternalPorts {
    /// For `http` URLs. Default: `80`.
    http: Option<u16>,
    /// For `https` URLs. Default: `443`.
    https: Option<u16>,
}

/// Where Envoy listens.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Listeners {
    /// The address that all listeners bind, unless they say otherwise. Default: `0.0.0.0`.
    address: Option<IpAddr>,
    /// Cleartext.
    http: Listener,
    /// TLS that Envoy ends or passes through.
    https: Listener,
    /// Cleartext whose TLS a load balancer ended.
    tls_offload: TlsOffload,
}

/// The address and port of a listener.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Listener {
    /// An address of its own. Default: that of all.
    address: Option<IpAddr>,
    /// A TCP port. Default: `8080` for http, `8443` for https.
    port: Option<u16>,
}

/// A listener that may be there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct TlsOffload {
    /// Whether it is there. Default: `false`.
    enabled: bool,
    /// A TCP port. Default: `8081`.
    port: Option<u16>,
}

impl LoadBalancer {
    pub(super) fn apply(self, settings: &mut Settings, at: &mut At<'_>) {
        let to = &mut settings.load_balancer;
        to.mode = self.mode.unwrap_or_default();
        to.proxy_protocol = self.proxy_protocol.unwrap_or_default();
        at.set("tlsPorts", self.tls_ports, &mut to.tls_ports, |ports: Vec<u16>| {
            ports.into_iter().map(port).collect()
        });
        to.trusted.hops = self.trusted.hops.unwrap_or_default();
        to.trusted.cidrs = self.trusted.cidrs.unwrap_or_default();
        let ports = &mut at.block("externalPorts");
        ports.set("http", self.external_ports.http, &mut to.external_ports.http, port);
        ports.set("https", self.external_ports.https, &mut to.external_ports.https, port);
    }
}

impl Listeners {
    pub(super) fn apply(self, to: &mut TypedListeners, at: &mut At<'_>) {
        if let Some(address) = self.address {
            to.address = address.to_canonical();
        }
        to.http.address = self.http.address.map(|address| address.to_canonical());
        at.set("http.port", self.http.port, &mut to.http.port, port);
        to.https.address = self.https.address.map(|address| address.to_canonical());
        at.set("https.port", self.https.port, &mut to.https.port, port);
        to.tls_offload.enabled = self.tls_offload.enabled;
        at.set("tlsOffload.port", self.tls_offload.port, &mut to.tls_offload.port, port);
    }
}
