//! The blocks `metrics` and `omEnforcedHealthListener`: read, but without an effect here.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{remark::At, text::Text};

/// Where metrics are served.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Metrics {
    /// The controller's.
    contour: MetricsServer,
    /// Envoy's.
    envoy: MetricsServer,
}

/// Where metrics of one kind are served.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape is checked")]
struct MetricsServer {
    /// An address.
    address: Text,
    /// A port.
    port: Option<u16>,
    /// The certificate for HTTPS.
    server_certificate_path: Text,
    /// Its key.
    server_key_path: Text,
    /// Who must have signed the certificates of clients.
    ca_certificate_path: Text,
}

/// A listener for health checks of Envoy.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HealthListener {
    /// An address.
    address: Text,
    /// A port.
    port: Option<u16>,
}
