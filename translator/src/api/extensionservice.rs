//! ExtensionService, `projectcontour.io/v1alpha1`: a service that Envoy itself asks.

use serde::Deserialize;

use super::{FieldProblem, Schema, shared::*};

/// Services that authorize, limit or trace.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExtensionServiceSpec {
    pub(crate) services: Vec<ExtensionServiceTarget>,
    #[serde(default)]
    pub(crate) validation: Option<UpstreamValidation>,
    #[serde(default)]
    pub(crate) protocol: Option<String>,
    #[serde(default)]
    pub(crate) load_balancer_policy: Option<LoadBalancerPolicy>,
    #[serde(default)]
    pub(crate) timeout_policy: Option<TimeoutPolicy>,
    #[serde(default)]
    pub(crate) protocol_version: Option<String>,
    #[serde(default)]
    pub(crate) circuit_breaker_policy: Option<CircuitBreakers>,
}

impl Schema for ExtensionServiceSpec {
    fn problems(&self) -> Vec<FieldProblem> {
        Vec::new()
    }
}

/// A Service of the object's own namespace.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct ExtensionServiceTarget {
    pub(crate) name: String,
    pub(crate) port: i64,
    #[serde(default)]
    pub(crate) weight: i64,
}
