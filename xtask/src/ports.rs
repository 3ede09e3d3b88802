//! The ports that a served folder uses, all moved by one offset.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result, bail};

/// A port before the offset is added, and what it is for.
#[derive(Clone, Copy)]
pub(crate) struct Port {
    number: u16,
    purpose: &'static str,
}

pub(crate) const HTTP: Port = port(8080, "http");
pub(crate) const HTTPS: Port = port(8443, "https");
pub(crate) const TLS_OFFLOAD: Port = port(8081, "tls-offload");
pub(crate) const ADMIN: Port = port(9001, "Envoy admin");
pub(crate) const CONTROLLER: Port = port(8000, "controller");
pub(crate) const XDS: Port = port(8001, "xDS");
/// The sample backends: HTTP on the first six, then TCP, then TLS.
pub(crate) const BACKENDS: [Port; 8] = [
    backend(9101),
    backend(9102),
    backend(9103),
    backend(9104),
    backend(9105),
    backend(9106),
    backend(9107),
    backend(9108),
];

const fn backend(number: u16) -> Port {
    port(number, "a sample backend")
}

const fn port(number: u16, purpose: &'static str) -> Port {
    Port { number, purpose }
}

/// What is added to each port.
#[derive(Clone, Copy)]
pub(crate) struct Offset(pub(crate) u16);

impl Offset {
    /// The largest that keeps every port a port.
    pub(crate) const MAX: u16 = 56_000;

    /// Where this port is with the offset added.
    pub(crate) fn of(self, port: Port) -> u16 {
        port.number + self.0
    }

    /// An offset at which nothing listens yet.
    pub(crate) fn free() -> Result<Self> {
        let mut offsets = (10_000..Self::MAX).step_by(1_000).map(Self);
        offsets
            .find(|offset| offset.check().is_ok())
            .context("no offset at which all ports are free")
    }

    /// Fails with the first port that is in use.
    pub(crate) fn check(self) -> Result<()> {
        for port in [HTTP, HTTPS, TLS_OFFLOAD, ADMIN, CONTROLLER, XDS]
            .iter()
            .chain(&BACKENDS)
        {
            let number = self.of(*port);
            if let Err(error) = TcpListener::bind((Ipv4Addr::UNSPECIFIED, number)) {
                bail!(
                    "port {number} ({}) cannot be used: {error}; move all ports by --port-offset N",
                    port.purpose
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_named_with_its_purpose() {
        let offset = Offset::free().expect("a free offset");
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, offset.of(XDS))).expect("a free port");
        let error = offset.check().expect_err("the port is taken").to_string();
        assert!(error.contains(&format!("port {} (xDS)", offset.of(XDS))), "{error}");
        assert!(error.contains("--port-offset"), "{error}");
    }
}
