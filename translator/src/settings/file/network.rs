//! The block `network`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Settings, remark::At};

/// The network around Envoy.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(super) struct Network {
    /// The same as `loadBalancer.trusted.hops`. Default: `0`.
    pub(super) num_trusted_hops: Option<u32>,
    /// The port of Envoy's admin interface, where Isoline starts Envoy. In a cluster, a port of the loopback interface
    /// where what can be read of the admin interface is read; `0` is none. Default: `9001`.
    admin_port: Option<u16>,
    /// Whether `host.` is the same as `host`. Default: `false`.
    strip_trailing_host_dot: bool,
}

impl Network {
    pub(super) fn apply(self, settings: &mut Settings, at: &mut At<'_>) {
        settings.http.strip_trailing_host_dot = self.strip_trailing_host_dot;
        match self.admin_port {
            Some(0) => {
                settings.process.has_admin_listener = false;
                at.note(
                    "admin-port",
                    "0 has no effect outside a cluster: whether Envoy is ready is asked at its admin interface",
                );
            }
            Some(port) => settings.process.admin_port = port,
            None => {}
        }
    }
}
