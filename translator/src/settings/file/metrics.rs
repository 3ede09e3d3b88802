//! The blocks `metrics`, `health` and `omEnforcedHealthListener`: where the controller and Envoy say how they are.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{
    MetricsListener, Place, Settings, TlsFiles,
    admin_listeners::STATS_PORT,
    read::{address, port},
    remark::{At, OUTSIDE_A_CLUSTER},
    text::Text,
};

/// Where metrics are served.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Metrics {
    /// The controller's. No effect outside a cluster. Default: what the flags of `serve` say.
    contour: Option<MetricsServer>,
    /// Envoy's: `/stats` and `/stats/prometheus`, from a listener of their own. Default: what `--stats-address` and
    /// `--stats-port` say; outside a cluster, no listener.
    envoy: Option<MetricsServer>,
}

/// Where metrics of one kind are served.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
struct MetricsServer {
    /// An IP address.
    address: Text,
    /// A port.
    port: Option<u16>,
    /// The file of the certificate for HTTPS, in the container of whom it is for.
    server_certificate_path: Text,
    /// The file of its key.
    server_key_path: Text,
    /// The file of who must have signed the certificates of clients.
    ca_certificate_path: Text,
}

/// Where it is told whether somebody is ready.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Health {
    /// The controller. No effect outside a cluster. Default: what the flags of `serve` say.
    contour: Option<HealthServer>,
    /// Envoy: `/ready`. Where it has the address and port of Envoy's metrics, one listener serves both. Default: what
    /// `--stats-address` and `--stats-port` say; outside a cluster, no listener.
    envoy: Option<HealthServer>,
}

/// An address and a port.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct HealthServer {
    /// An IP address.
    address: Text,
    /// A port.
    port: Option<u16>,
}

/// One more listener for `/ready` of Envoy, which does not answer while the overload manager lets nobody in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HealthListener {
    /// An IP address. Default: that of all listeners.
    address: Text,
    /// A port; must be set.
    port: Option<u16>,
}

impl Metrics {
    /// Flags count where the block says nothing.
    pub(super) fn apply(self, stats: Place, settings: &mut Settings, at: &mut At<'_>) {
        if let Some(server) = self.contour {
            let process = &mut settings.process;
            (process.metrics, process.metrics_tls) = server.read(&mut at.block("contour"));
            at.note("contour", OUTSIDE_A_CLUSTER);
        }
        let envoy = self.envoy.map(|server| server.read(&mut at.block("envoy")));
        let (place, tls) = envoy.unwrap_or_default();
        let place = place.or(stats);
        let is_asked_for = place.is_said() || tls.is_some();
        settings.listeners.admin.metrics = is_asked_for.then(|| MetricsListener {
            port: place.port_or(STATS_PORT),
            tls,
        });
    }
}

impl MetricsServer {
    fn read(mut self, at: &mut At<'_>) -> (Place, Option<TlsFiles>) {
        let place = read_place(self.address.take(), self.port, at);
        let files = self.files();
        let files = files.unwrap_or_else(|message| {
            at.problem("", message);
            None
        });
        (place, files)
    }

    fn files(self) -> Result<Option<TlsFiles>, &'static str> {
        let paths = [
            self.server_certificate_path,
            self.server_key_path,
            self.ca_certificate_path,
        ];
        match paths.map(Option::from) {
            [Some(certificate), Some(key), authority] => Ok(Some(TlsFiles {
                certificate,
                key,
                authority,
            })),
            [None, None, None] => Ok(None),
            [None, None, Some(_)] => {
                Err("you must supply also server-certificate-path and server-key-path if setting ca-certificate-path")
            }
            _ => Err("you must supply at least server-certificate-path and server-key-path or none of them"),
        }
    }
}

impl Health {
    /// Flags count where the block says nothing.
    pub(super) fn apply(self, stats: Place, settings: &mut Settings, at: &mut At<'_>) {
        if let Some(server) = self.contour {
            settings.process.health = read_place(server.address.0, server.port, &mut at.block("contour"));
            at.note("contour", OUTSIDE_A_CLUSTER);
        }
        let envoy = self.envoy.unwrap_or_default();
        let place = read_place(envoy.address.0, envoy.port, &mut at.block("envoy")).or(stats);
        settings.listeners.admin.health = place.is_said().then(|| place.port_or(STATS_PORT));
    }
}

impl HealthListener {
    pub(super) fn apply(self, settings: &mut Settings, at: &mut At<'_>) {
        let address = at.read("address", self.address.0, |text: String| address(&text));
        let port = at.required("port", self.port, port);
        settings.listeners.admin.om_enforced_health = port.map(|port| super::super::Port { address, port });
    }
}

fn read_place(text: Option<String>, number: Option<u16>, at: &mut At<'_>) -> Place {
    Place {
        address: at.read("address", text, |text: String| address(&text)),
        port: at.read("port", number, port),
    }
}
