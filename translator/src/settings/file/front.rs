//! The blocks that are our own: `loadBalancer` and `listeners`.

use std::net::IpAddr;

use isoline_policy::{Mode, ProxyProtocol};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Listeners as TypedListeners, Settings, read::port, remark::At};
use crate::front::Written;

/// What stands in front of Envoy. Where the mode is `Auto`, what is not written is read instead of having its default.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct LoadBalancer {
    /// `None`; `L4`, which passes TCP through; `L4TLS`, which ends TLS and works on connections; `L7`, which speaks
    /// HTTP and writes headers; or `Auto`, which reads it from the Service of Envoy (`envoy-service-namespace`, `envoy-service-name`)
    /// and follows that: its type, class, ports, `externalTrafficPolicy` and annotations of AWS. An ALB is not seen there.
    /// `isoline explain --load-balancer` shows what was read. Default: `None`.
    #[schemars(with = "Option<String>")]
    pub(super) mode: Option<Mode>,
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
        let tls_ports = at.read("tlsPorts", self.tls_ports, |ports: Vec<u16>| {
            ports.into_iter().map(port).collect()
        });
        let ports = &mut at.block("externalPorts");
        let written = Written {
            proxy_protocol: self.proxy_protocol,
            tls_ports,
            hops: self.trusted.hops,
            cidrs: self.trusted.cidrs,
            http: ports.read("http", self.external_ports.http, port),
            https: ports.read("https", self.external_ports.https, port),
        };
        settings.load_balancer = written.over(isoline_policy::LoadBalancer {
            mode: self.mode.unwrap_or_default(),
            ..Default::default()
        });
        settings.written_front = written;
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
