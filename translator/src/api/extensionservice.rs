//! ExtensionService, `projectcontour.io/v1alpha1`: a service that Envoy itself asks.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Names, Resource,
    shared::{CircuitBreakers, LoadBalancerPolicy, TimeoutPolicy, UpstreamValidation, service_port},
};

/// Services that authorize, limit or trace.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExtensionServiceSpec {
    /// Services that share the requests by weight.
    #[schemars(length(min = 1))]
    pub(crate) services: Vec<ExtensionServiceTarget>,
    /// How their certificates are verified. Only with `h2`.
    #[serde(default)]
    pub(crate) validation: Option<UpstreamValidation>,
    /// How they are spoken to: `h2` (HTTP/2 in TLS) if not set.
    #[serde(default)]
    #[schemars(extend("enum" = ["http/1.1", "h2", "h2c"]))]
    pub(crate) protocol: Option<String>,
    /// How requests are spread over endpoints; without `Cookie` and `RequestHash`.
    #[serde(default)]
    pub(crate) load_balancer_policy: Option<LoadBalancerPolicy>,
    /// How long to wait for them.
    #[serde(default)]
    pub(crate) timeout_policy: Option<TimeoutPolicy>,
    /// Version of the protocol between Envoy and them.
    #[serde(default)]
    #[schemars(extend("enum" = ["v3"]))]
    pub(crate) protocol_version: Option<String>,
    /// Limits in place of the operator's.
    #[serde(default)]
    pub(crate) circuit_breaker_policy: Option<CircuitBreakers>,
}

/// A Service of the object's own namespace.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct ExtensionServiceTarget {
    /// Its name.
    pub(crate) name: String,
    /// One of its ports.
    #[schemars(schema_with = "service_port")]
    pub(crate) port: i64,
    /// Its share. If no service has one, all shares are equal.
    #[serde(default)]
    #[schemars(with = "i32")]
    pub(crate) weight: i64,
}

impl Resource for ExtensionServiceSpec {
    const NAMES: Names = Names {
        group: "projectcontour.io",
        version: "v1alpha1",
        kind: "ExtensionService",
        plural: "extensionservices",
        aliases: &["extensionservice", "extensionservices"],
        columns: &[],
        about: "A service that Envoy itself asks: to authorize, to limit, to trace.",
        spec_is_required: false,
    };
}
