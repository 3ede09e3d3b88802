//! Envoy's own listeners: they lead to its admin interface and nowhere else, and none is there unless it is asked for.

use std::net::{IpAddr, Ipv4Addr};

use super::{Listeners, Port, Settings, SettingsError, contradictions, remark::Remarks, source::settled};

/// Where metrics and health of Envoy are, unless somebody says otherwise.
pub(super) const STATS_PORT: u16 = 8002;

/// Which of Envoy's own listeners there are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AdminListeners {
    /// `/stats` and `/stats/prometheus`.
    pub metrics: Option<MetricsListener>,
    /// `/ready`. At the address and port of cleartext metrics, one listener is both.
    pub health: Option<Port>,
    /// `/ready`, for whom Envoy's overload manager lets in.
    pub om_enforced_health: Option<Port>,
    /// A port of the loopback interface, for what can be read of the whole admin interface.
    pub read_only: Option<u16>,
}

/// Where Envoy's metrics are.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsListener {
    /// The address and port.
    pub port: Port,
    /// Files in Envoy's container; nothing for cleartext.
    pub tls: Option<TlsFiles>,
}

/// The files of a server that speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// Who must have signed the certificates of clients; nothing if they need none.
    pub authority: Option<String>,
}

/// An address and a port, as far as they are said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The address.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: Option<u16>,
}

impl Place {
    /// With what another says where this says nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            address: self.address.or(other.address),
            port: self.port.or(other.port),
        }
    }

    /// Whether anything is said.
    pub fn is_said(self) -> bool {
        self != Self::default()
    }

    pub(super) fn port_or(self, default: u16) -> Port {
        Port {
            address: self.address,
            port: self.port.unwrap_or(default),
        }
    }
}

impl Listeners {
    /// Whether one of Envoy's own listeners is that of metrics and that of health.
    pub(crate) fn metrics_are_with_health(&self) -> bool {
        let AdminListeners { metrics, health, .. } = &self.admin;
        let both = metrics.as_ref().zip(*health);
        both.is_some_and(|(metrics, health)| metrics.tls.is_none() && self.socket(metrics.port) == self.socket(health))
    }

    pub(super) fn admin_sockets(&self) -> impl Iterator<Item = (&'static str, IpAddr, u16)> {
        let AdminListeners {
            metrics,
            health,
            om_enforced_health,
            read_only,
        } = &self.admin;
        let metrics = metrics.as_ref().map(|metrics| ("metrics", metrics.port));
        let health = health.filter(|_| !self.metrics_are_with_health());
        let health = health.map(|port| ("health", port));
        let overload = om_enforced_health.map(|port| ("omEnforcedHealth", port));
        let read_only = read_only.map(|port| {
            let address = Some(Ipv4Addr::LOCALHOST.into());
            ("admin", Port { address, port })
        });
        let ports = [metrics, health, overload, read_only].into_iter().flatten();
        ports.map(|(name, port)| {
            let (address, port) = self.socket(port);
            (name, address, port)
        })
    }
}

impl Settings {
    /// With the listeners that every Envoy of a cluster has: metrics and health, on port 8002 where nothing else is
    /// said, and the readable part of the admin interface on the loopback interface, unless its port is 0.
    pub fn with_envoy_listeners(mut self) -> Result<Self, SettingsError> {
        let admin = &mut self.listeners.admin;
        let port = Place::default().port_or(STATS_PORT);
        admin.metrics.get_or_insert(MetricsListener { port, tls: None });
        admin.health.get_or_insert(port);
        admin.read_only = self.process.has_admin_listener.then_some(self.process.admin_port);
        let mut remarks = Remarks::default();
        contradictions::check_sockets(&self.listeners, &mut remarks.at(""));
        settled(Some(self), remarks).map(|(settings, _)| settings)
    }
}
