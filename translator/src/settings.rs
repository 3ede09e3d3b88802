//! The operator's settings, as the configuration file has them.

use std::net::IpAddr;

use isoline_policy::LoadBalancer;
use serde::{Deserialize, Serialize};

/// Everything that an operator may set. A field that is not here is an error where the file is read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Settings {
    /// What stands in front of Envoy.
    pub load_balancer: LoadBalancer,
    /// Where Envoy listens.
    pub listeners: Listeners,
}

/// Where Envoy listens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Listeners {
    /// The address that all of them bind.
    pub address: IpAddr,
    /// Cleartext; port 8080.
    pub http: Port,
    /// TLS that Envoy ends or passes through; port 8443.
    pub https: Port,
    /// Cleartext whose TLS a load balancer ended; off, port 8081.
    pub tls_offload: TlsOffload,
}

/// The port of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
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
            http: Port { port: 8080 },
            https: Port { port: 8443 },
            tls_offload: TlsOffload::default(),
        }
    }
}

/// Settings that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(String);

impl Settings {
    /// Reads a configuration file's text; an empty one means the defaults.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let settings: Option<Self> =
            serde_saphyr::from_str(text).map_err(|error| SettingsError(error.without_snippet().to_string()))?;
        Ok(settings.unwrap_or_default())
    }
}
