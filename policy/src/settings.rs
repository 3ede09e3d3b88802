//! What the operator says about the load balancer in front of Envoy: the `loadBalancer` block of the configuration
//! file, which also travels to the filter as JSON. Absent fields take the defaults of "nothing in front".

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The load balancer in front of Envoy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadBalancer {
    /// The layer at which it works.
    pub mode: Mode,
    /// Whether it announces each connection with a PROXY header (v1 or v2).
    pub proxy_protocol: ProxyProtocol,
    /// Destination ports, as written in the PROXY header, on which it ended TLS.
    pub tls_ports: Vec<u16>,
    /// Whose `X-Forwarded-*` headers are believed.
    pub trusted: Trusted,
    /// The ports that clients dial, used in redirects.
    pub external_ports: ExternalPorts,
}

impl Default for LoadBalancer {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            proxy_protocol: ProxyProtocol::default(),
            tls_ports: vec![443],
            trusted: Trusted::default(),
            external_ports: ExternalPorts::default(),
        }
    }
}

/// The layer at which the load balancer works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Read it from the Envoy Service; `None` where there is no such Service.
    Auto,
    /// Nothing stands in front.
    #[default]
    None,
    /// It passes connections through.
    L4,
    /// It ends TLS and passes the bytes through.
    #[serde(rename = "L4TLS")]
    L4Tls,
    /// It speaks HTTP and writes headers of its own.
    L7,
}

/// Whether connections begin with a PROXY header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProxyProtocol {
    /// Never.
    #[default]
    Off,
    /// Some do.
    Optional,
    /// All do; Envoy closes those that do not.
    Required,
}

/// Whose `X-Forwarded-*` headers are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Trusted {
    /// How many proxies in front are ours, whatever their addresses; with one or more, every peer is believed.
    pub hops: u32,
    /// The networks of the proxies that are ours.
    pub cidrs: Vec<IpNet>,
}

impl Trusted {
    /// Whether no peer at all is believed.
    pub fn is_empty(&self) -> bool {
        self.hops == 0 && self.cidrs.is_empty()
    }

    /// Whether `address` lies in one of the networks, be it written as IPv4 or as IPv4 mapped into IPv6.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        Self::any_contains(&self.cidrs, address)
    }

    pub(crate) fn any_contains(cidrs: &[IpNet], address: IpAddr) -> bool {
        let address = address.to_canonical();
        cidrs.iter().any(|cidr| cidr.contains(&address))
    }
}

/// The ports that clients dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ExternalPorts {
    /// For `http://` URLs.
    pub http: u16,
    /// For `https://` URLs.
    pub https: u16,
}

impl Default for ExternalPorts {
    fn default() -> Self {
        Self { http: 80, https: 443 }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_words_are_read() {
        let text = r#"{"mode":"L4TLS","proxyProtocol":"Optional","tlsPorts":[443,8443],
            "trusted":{"hops":1,"cidrs":["10.0.0.0/8","2001:db8::/32"]},"externalPorts":{"https":8443}}"#;
        let expect = LoadBalancer {
            mode: Mode::L4Tls,
            proxy_protocol: ProxyProtocol::Optional,
            tls_ports: vec![443, 8443],
            trusted: Trusted {
                hops: 1,
                cidrs: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
            },
            external_ports: ExternalPorts { http: 80, https: 8443 },
        };
        assert_eq!(serde_json::from_str::<LoadBalancer>(text).unwrap(), expect);
        let written = serde_json::to_string(&expect).unwrap();
        assert_eq!(serde_json::from_str::<LoadBalancer>(&written).unwrap(), expect);
    }

    #[test]
    fn an_empty_block_means_nothing_in_front() {
        let settings: LoadBalancer = serde_json::from_str("{}").unwrap();
        assert_eq!(settings, LoadBalancer::default());
        assert_eq!(
            (settings.mode, settings.proxy_protocol),
            (Mode::None, ProxyProtocol::Off)
        );
        assert_eq!((settings.tls_ports, settings.external_ports.https), (vec![443], 443));
    }

    #[test]
    fn unknown_words_are_refused() {
        for text in [
            r#"{"tlsPort":[443]}"#,
            r#"{"mode":"L5"}"#,
            r#"{"proxyProtocol":"on"}"#,
            r#"{"trusted":{"cidr":["10.0.0.0/8"]}}"#,
            r#"{"trusted":{"cidrs":["10.0.0.0/33"]}}"#,
            r#"{"externalPorts":{"https":70000}}"#,
        ] {
            assert!(serde_json::from_str::<LoadBalancer>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_mapped_peer_is_judged_as_ipv4() {
        let trusted = Trusted {
            hops: 0,
            cidrs: vec!["10.0.0.0/8".parse().unwrap()],
        };
        assert!(trusted.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!trusted.contains("::ffff:11.1.2.3".parse().unwrap()));
    }
}
