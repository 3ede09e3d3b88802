//! Where Envoy listens: the `listeners` block of the configuration file.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Where Envoy listens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Listeners {
    /// The address that all of them bind, unless they say otherwise.
    pub address: IpAddr,
    /// Cleartext; port 8080.
    pub http: Port,
    /// TLS that Envoy ends or passes through; port 8443.
    pub https: Port,
    /// Cleartext whose TLS a load balancer ended; off, port 8081.
    pub tls_offload: TlsOffload,
}

/// The address and port of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// An address of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// A TCP port.
    pub port: u16,
}

/// A listener for connections whose TLS a load balancer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsOffload {
    /// Whether it exists.
    pub enabled: bool,
    /// A TCP port.
    pub port: u16,
}

impl Default for TlsOffload {
    fn default() -> Self {
        Self {
            enabled: false,
            port: 8081,
        }
    }
}

impl Default for Listeners {
    fn default() -> Self {
        Self {
            address: IpAddr::from([0, 0, 0, 0]),
            http: Port {
                address: None,
                port: 8080,
            },
            https: Port {
                address: None,
                port: 8443,
            },
            tls_offload: TlsOffload::default(),
        }
    }
}
