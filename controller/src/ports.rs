//! The ports of a process that serves by itself: all moved by one offset, and free before anything starts.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use isoline_translator::Settings;

/// A port that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Somebody else has it, or it is not ours to take.
    #[error("port {} ({purpose}) on {} cannot be used (free it, or move all ports by --port-offset N)", address.port(), address.ip())]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What for.
        purpose: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The offset is too large.
    #[error("port {port} ({purpose}) with the offset {offset} is no port")]
    Offset {
        /// The port without the offset.
        port: u16,
        /// What for.
        purpose: &'static str,
        /// The offset.
        offset: u16,
    },
}

/// What is added to every port.
#[derive(Debug, Clone, Copy)]
pub struct Offset(pub u16);

impl Offset {
    /// The port with the offset added.
    pub fn of(self, port: u16, purpose: &'static str) -> Result<u16, PortError> {
        port.checked_add(self.0).ok_or(PortError::Offset {
            port,
            purpose,
            offset: self.0,
        })
    }

    /// Moves the listeners.
    pub fn move_listeners(self, settings: &mut Settings) -> Result<(), PortError> {
        for (port, purpose) in listeners(settings) {
            *port = self.of(*port, purpose)?;
        }
        Ok(())
    }
}

fn listeners(settings: &mut Settings) -> Vec<(&mut u16, &'static str)> {
    let listeners = &mut settings.listeners;
    let mut ports = vec![(&mut listeners.http.port, "http"), (&mut listeners.https.port, "https")];
    if listeners.tls_offload.enabled {
        ports.push((&mut listeners.tls_offload.port, "tlsOffload"));
    }
    let admin = &mut listeners.admin;
    ports.extend(
        admin
            .metrics
            .as_mut()
            .map(|metrics| (&mut metrics.port.port, "metrics")),
    );
    ports.extend(admin.health.as_mut().map(|health| (&mut health.port, "health")));
    let overload = admin.om_enforced_health.as_mut();
    ports.extend(overload.map(|health| (&mut health.port, "omEnforcedHealth")));
    ports.extend(admin.read_only.as_mut().map(|port| (port, "admin")));
    ports
}

/// Listens on a port of the loopback interface.
pub fn listen(port: u16, purpose: &'static str) -> Result<TcpListener, PortError> {
    let listener = bind((Ipv4Addr::LOCALHOST, port).into(), purpose)?;
    // Whoever serves on it expects that nothing blocks.
    let unblocked = listener.set_nonblocking(true).map(|()| listener);
    unblocked.map_err(|source| PortError::Bind {
        address: (Ipv4Addr::LOCALHOST, port).into(),
        purpose,
        source,
    })
}

/// Fails with the first port that an Envoy with these settings and this admin port could not use.
pub fn check_envoy(settings: &Settings, admin: u16) -> Result<(), PortError> {
    let mut held = vec![bind((Ipv4Addr::LOCALHOST, admin).into(), "Envoy admin")?];
    for (purpose, address, port) in settings.listeners.sockets() {
        held.push(bind((address, port).into(), purpose)?);
    }
    Ok(())
}

fn bind(address: SocketAddr, purpose: &'static str) -> Result<TcpListener, PortError> {
    TcpListener::bind(address).map_err(|source| PortError::Bind {
        address,
        purpose,
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_named_with_its_purpose() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = taken.local_addr().expect("bound").port();
        let mut settings = Settings::default();
        settings.listeners.http.port = port;
        settings.listeners.address = Ipv4Addr::LOCALHOST.into();
        let error = check_envoy(&settings, 0).expect_err("the port is taken").to_string();
        assert!(
            error.starts_with(&format!("port {port} (http) on 127.0.0.1 cannot be used")),
            "{error}"
        );
        assert!(listen(port, "xDS").expect_err("taken").to_string().contains("(xDS)"));
    }

    #[test]
    fn an_offset_moves_every_listener_or_says_which_it_cannot() {
        let mut settings = Settings::default();
        Offset(1000).move_listeners(&mut settings).expect("room enough");
        assert_eq!(
            (settings.listeners.http.port, settings.listeners.https.port),
            (9080, 9443)
        );
        let error = Offset(57_000)
            .move_listeners(&mut settings)
            .expect_err("too large")
            .to_string();
        assert_eq!(error, "port 9080 (http) with the offset 57000 is no port");
    }
}
