//! The blocks `metrics` and `omEnforcedHealthListener`, which have no effect here.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{read::port, remark::At, text::Text};

/// Where metrics are served. No effect: the controller's metrics are where its HTTP is, Envoy's are on its admin
/// interface.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Metrics {
    /// The controller's.
    contour: Option<MetricsServer>,
    /// Envoy's.
    envoy: Option<MetricsServer>,
}

/// Where metrics of one kind are served.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
struct MetricsServer {
    /// An address.
    #[serde(rename = "address")]
    _address: Text,
    /// A port.
    port: Option<u16>,
    /// The certificate for HTTPS.
    server_certificate_path: Text,
    /// Its key.
    server_key_path: Text,
    /// Who must have signed the certificates of clients.
    ca_certificate_path: Text,
}

/// A listener for health checks of Envoy that answers as its overload manager wants. No effect: there is none.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HealthListener {
    /// An address.
    #[serde(rename = "address")]
    _address: Text,
    /// A port.
    port: Option<u16>,
}

impl Metrics {
    pub(super) fn check(self, at: &mut At<'_>) {
        let servers = [
            (
                "contour",
                self.contour,
                "the controller's metrics are where its HTTP is (--http-port)",
            ),
            ("envoy", self.envoy, "Envoy's metrics are on its admin interface"),
        ];
        for (key, server, instead) in servers {
            let Some(server) = server else { continue };
            at.read(key, server, MetricsServer::check);
            at.note(key, format!("has no effect: {instead}"));
        }
    }
}

impl MetricsServer {
    fn check(self) -> Result<(), String> {
        self.port.map(port).transpose()?;
        let [certificate, key, authority] = [
            &self.server_certificate_path,
            &self.server_key_path,
            &self.ca_certificate_path,
        ]
        .map(|path| path.as_deref().is_some());
        match (certificate, key, authority) {
            (true, true, _) | (false, false, false) => Ok(()),
            (false, false, true) => Err(
                "you must supply also server-certificate-path and server-key-path if setting ca-certificate-path"
                    .to_owned(),
            ),
            _ => Err("you must supply at least server-certificate-path and server-key-path or none of them".to_owned()),
        }
    }
}

impl HealthListener {
    pub(super) fn check(&self, at: &mut At<'_>) {
        at.read("port", self.port, port);
        at.note("", "has no effect: there is no such listener");
    }
}
