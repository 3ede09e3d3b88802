//! Where Envoy listens.

use std::net::IpAddr;

use super::AdminListeners;

/// Where Envoy listens.
#[derive(Debug, Clone, PartialEq)]
pub struct Listeners {
    /// The address that all of them bind, unless they say otherwise.
    pub address: IpAddr,
    /// Cleartext; port 8080.
    pub http: Port,
    /// TLS that Envoy ends or passes through; port 8443.
    pub https: Port,
    /// Cleartext whose TLS a load balancer ended; off, port 8081.
    pub tls_offload: TlsOffload,
    /// Envoy's own.
    pub admin: AdminListeners,
}

/// The address and port of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// An address of its own.
    pub address: Option<IpAddr>,
    /// A TCP port.
    pub port: u16,
}

/// A listener for connections whose TLS a load balancer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
            admin: AdminListeners::default(),
        }
    }
}

impl Listeners {
    /// The name, address and port of each listener that exists.
    pub fn sockets(&self) -> impl Iterator<Item = (&'static str, IpAddr, u16)> {
        self.traffic_sockets().chain(self.admin_sockets())
    }

    /// Those where users' requests come in.
    pub(super) fn traffic_sockets(&self) -> impl Iterator<Item = (&'static str, IpAddr, u16)> {
        let of = |name, port| {
            let (address, port) = self.socket(port);
            (name, address, port)
        };
        let offload = self.tls_offload;
        let offload = offload.enabled.then_some(("tlsOffload", self.address, offload.port));
        [of("http", self.http), of("https", self.https)]
            .into_iter()
            .chain(offload)
    }

    /// What a listener binds.
    pub(crate) fn socket(&self, port: Port) -> (IpAddr, u16) {
        (port.address.unwrap_or(self.address), port.port)
    }
}
