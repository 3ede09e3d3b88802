//! IngressRoute, `contour.heptio.com/v1beta1`. Empty strings and lists mean "not set".

use serde::{Deserialize, Serialize};

/// A root (with `virtualhost`) or an object that others delegate to.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct IngressRouteSpec {
    pub(super) virtualhost: Option<VirtualHost>,
    /// The strategy of services that name none.
    pub(super) strategy: String,
    /// The health check of services that have none.
    pub(super) health_check: Option<HealthCheck>,
    pub(super) routes: Vec<Route>,
    pub(super) tcpproxy: Option<TcpProxy>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VirtualHost {
    pub(super) fqdn: String,
    #[serde(default)]
    pub(super) tls: Option<Tls>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Tls {
    pub(super) secret_name: String,
    pub(super) minimum_protocol_version: String,
    pub(super) passthrough: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Route {
    /// A prefix of the path; of the whole path, also where another object delegates.
    #[serde(rename = "match")]
    pub(super) path: String,
    #[serde(default)]
    pub(super) services: Vec<Service>,
    #[serde(default)]
    pub(super) delegate: Option<Delegate>,
    #[serde(default)]
    pub(super) enable_websockets: bool,
    #[serde(default)]
    pub(super) permit_insecure: bool,
    #[serde(default)]
    pub(super) prefix_rewrite: String,
    #[serde(default)]
    pub(super) timeout_policy: Option<TimeoutPolicy>,
    #[serde(default)]
    pub(super) retry_policy: Option<RetryPolicy>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) port: i64,
    #[serde(default)]
    pub(super) weight: u32,
    #[serde(default)]
    pub(super) strategy: String,
    #[serde(default)]
    pub(super) health_check: Option<HealthCheck>,
    #[serde(default)]
    pub(super) validation: Option<Validation>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Delegate {
    pub(super) name: String,
    #[serde(default)]
    pub(super) namespace: String,
}

/// In the words of HTTPProxy, too.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HealthCheck {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unhealthy_threshold_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    healthy_threshold_count: Option<u32>,
}

/// In the words of HTTPProxy, too.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Validation {
    ca_secret: String,
    subject_name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct TimeoutPolicy {
    pub(super) request: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RetryPolicy {
    pub(super) count: u32,
    pub(super) per_try_timeout: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct TcpProxy {
    pub(super) services: Vec<Service>,
    pub(super) delegate: Option<Delegate>,
}
