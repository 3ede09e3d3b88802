//! Ports that no other test uses: the usual ones, all moved by one offset.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result};

const HTTP: u16 = 8080;
const HTTPS: u16 = 8443;
const TLS_OFFLOAD: u16 = 8081;
const ADMIN: u16 = 9001;
const SECOND_ADMIN: u16 = 9002;
const ETCD: u16 = 9003;
const ETCD_PEER: u16 = 9004;
const API_SERVER: u16 = 9005;
const SECOND_CONTROLLER: u16 = 9006;
const SECOND_XDS: u16 = 9007;
const SHUTDOWN_MANAGER: u16 = 8090;
const CONTROLLER: u16 = 8000;
const XDS: u16 = 8001;
/// Envoy's own listeners.
const STATS: u16 = 8002;
const OM_ENFORCED_HEALTH: u16 = 8003;
const HEALTH: u16 = 8004;
/// Where the backends of `examples/` listen.
const BACKENDS: std::ops::RangeInclusive<u16> = 9101..=9108;

/// Nobody's port: whoever listens on it has claimed the offset.
const CLAIM: u16 = 8005;

/// Wider than the distance between the first and the last port.
const STEP: u16 = 1_200;
/// The kernel gives the ports from 32768 on to outgoing connections.
const LAST_OFFSET: u16 = 32_768 - 1 - *BACKENDS.end();

/// One offset, claimed until this is dropped.
#[derive(Debug)]
pub struct Ports {
    offset: u16,
    _claim: TcpListener,
}

impl Ports {
    /// Claims an offset at which all ports are free.
    pub fn free() -> Result<Self> {
        let mut offsets = (STEP..=LAST_OFFSET).step_by(STEP.into());
        offsets
            .find_map(Self::claim)
            .context("no offset at which all ports are free")
    }

    /// The usual ports, for a test with a network of its own.
    pub fn unmoved() -> Result<Self> {
        Ok(Self {
            offset: 0,
            _claim: TcpListener::bind((Ipv4Addr::LOCALHOST, CLAIM))?,
        })
    }

    fn claim(offset: u16) -> Option<Self> {
        let claim = TcpListener::bind((Ipv4Addr::LOCALHOST, CLAIM + offset)).ok()?;
        let is_free = |port: u16| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port + offset)).is_ok();
        let used = [
            HTTP,
            HTTPS,
            TLS_OFFLOAD,
            ADMIN,
            SECOND_ADMIN,
            ETCD,
            ETCD_PEER,
            API_SERVER,
            SHUTDOWN_MANAGER,
            CONTROLLER,
            XDS,
            STATS,
            OM_ENFORCED_HEALTH,
            HEALTH,
        ];
        used.into_iter()
            .chain(BACKENDS)
            .all(is_free)
            .then_some(Self { offset, _claim: claim })
    }

    /// What is added to every port.
    pub fn offset(&self) -> u16 {
        self.offset
    }

    /// A port of the files or the command line, as it is at this offset.
    pub fn of(&self, port: u16) -> u16 {
        port + self.offset
    }

    /// The cleartext listener.
    pub fn http(&self) -> u16 {
        self.of(HTTP)
    }

    /// The TLS listener.
    pub fn https(&self) -> u16 {
        self.of(HTTPS)
    }

    /// The listener for what was TLS until the load balancer.
    pub fn tls_offload(&self) -> u16 {
        self.of(TLS_OFFLOAD)
    }

    /// The listener for Envoy's metrics and health.
    pub fn stats(&self) -> u16 {
        self.of(STATS)
    }

    /// The listener for Envoy's health that its overload manager may close.
    pub fn om_enforced_health(&self) -> u16 {
        self.of(OM_ENFORCED_HEALTH)
    }

    /// The admin interface of the first Envoy.
    pub fn admin(&self) -> u16 {
        self.of(ADMIN)
    }

    /// The admin interface of an Envoy beside the first.
    pub fn second_admin(&self) -> u16 {
        self.of(SECOND_ADMIN)
    }

    /// The store of the Kubernetes API server.
    pub fn etcd(&self) -> u16 {
        self.of(ETCD)
    }

    /// Where that store would meet others.
    pub fn etcd_peer(&self) -> u16 {
        self.of(ETCD_PEER)
    }

    /// The Kubernetes API server.
    pub fn api_server(&self) -> u16 {
        self.of(API_SERVER)
    }

    /// The HTTP of a second replica of the controller.
    pub fn second_controller(&self) -> u16 {
        self.of(SECOND_CONTROLLER)
    }

    /// The xDS of a second replica of the controller.
    pub fn second_xds(&self) -> u16 {
        self.of(SECOND_XDS)
    }

    /// The controller's HTTP.
    pub fn controller(&self) -> u16 {
        self.of(CONTROLLER)
    }

    /// The HTTP of what drains Envoy.
    pub fn shutdown_manager(&self) -> u16 {
        self.of(SHUTDOWN_MANAGER)
    }

    /// The controller's xDS.
    pub fn xds(&self) -> u16 {
        self.of(XDS)
    }
}
