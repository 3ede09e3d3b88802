//! The block `network`.

use schemars::JsonSchema;
use serde::Deserialize;

/// The network around Envoy.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(super) struct Network {
    /// The same as `loadBalancer.trusted.hops`. Default: `0`.
    pub(super) num_trusted_hops: Option<u32>,
    /// The port of Envoy's admin interface, where Isoline starts Envoy. Default: `9001`.
    pub(super) admin_port: Option<u16>,
    /// Whether `host.` is the same as `host`. Default: `false`.
    pub(super) strip_trailing_host_dot: bool,
}
