//! The configuration file as it is written. Each block reads itself into the typed settings; what stands in no block
//! is read in `top`.

mod cluster;
mod ext_auth;
mod front;
mod listener;
mod metrics;
mod network;
mod policy;
mod rate_limit;
mod timeouts;
mod tls;
mod top;
mod tracing;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Flags, Settings, contradictions, remark::Remarks, text::Text};

/// The whole file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the configuration file")]
pub(super) struct File {
    load_balancer: front::LoadBalancer,
    listeners: front::Listeners,
    tls: tls::Tls,
    listener: listener::Listener,
    network: network::Network,
    timeouts: timeouts::Timeouts,
    cluster: cluster::Cluster,
    policy: policy::Policy,
    compression: listener::Compression,
    rate_limit_service: Option<rate_limit::RateLimitService>,
    #[serde(rename = "globalExtAuth")]
    global_ext_auth: Option<ext_auth::GlobalExtAuth>,
    tracing: Option<tracing::Tracing>,
    /// The versions of HTTP that clients may speak, `http/1.1` and `http/2`. Default: `[http/1.1, http/2]`.
    #[serde(rename = "default-http-versions")]
    default_http_versions: Option<Vec<String>>,
    /// What becomes of a backend's `Server` header: `overwrite`, `append_if_absent` or `pass_through`.
    /// Default: `overwrite`.
    server_header_transformation: Text,
    /// Whether a request with both Content-Length and chunks is refused. Default: `false`.
    disable_allow_chunked_length: bool,
    /// Whether `//` in a path stays. Default: `false`.
    disable_merge_slashes: bool,
    /// Whether `permitInsecure` is ignored. Default: `false`.
    disable_permit_insecure: bool,
    /// Whether Services of type ExternalName may be used. Default: `false`.
    enable_external_name_service: bool,
    /// `envoy` for text or `json`. Default: `envoy`.
    #[serde(rename = "accesslog-format")]
    accesslog_format: Text,
    /// The text of a line, with Envoy's operators; ends in a line break. Default: Envoy's.
    #[serde(rename = "accesslog-format-string")]
    accesslog_format_string: Text,
    /// The fields of a JSON line, `name` or `name=format`. Default: 23 fields.
    #[serde(rename = "json-fields")]
    json_fields: Option<Vec<String>>,
    /// What is logged: `info` everything, `error` statuses from 300, `critical` statuses from 500, `disabled` nothing.
    /// Default: `info`.
    #[serde(rename = "accesslog-level")]
    accesslog_level: Text,
    /// Keys of Envoy's runtime with their values. Default: `{}`.
    #[serde(rename = "runtime-settings")]
    runtime_settings: BTreeMap<String, Text>,
    /// Whether to log more. Default: `false`.
    debug: bool,
    /// The Gateway to serve; must not be set, since the Gateway API is not served.
    gateway: Option<Value>,
    metrics: Option<metrics::Metrics>,
    health: Option<metrics::Health>,
    #[serde(rename = "omEnforcedHealthListener")]
    om_enforced_health_listener: Option<metrics::HealthListener>,
    /// Whether the API server of the cluster around is used. No effect outside a cluster. Default: `false`.
    incluster: bool,
    /// The file that leads to the API server. No effect outside a cluster. Default: that of kubectl.
    kubeconfig: Text,
    /// Requests to the API server in a second. No effect outside a cluster. Default: no limit.
    #[serde(rename = "kubernetesClientQPS")]
    kubernetes_client_qps: Option<f32>,
    /// Requests to the API server at once. No effect outside a cluster. Default: no limit.
    #[serde(rename = "kubernetesClientBurst")]
    kubernetes_client_burst: Option<u32>,
    /// No effect. Default: `[]`.
    #[serde(rename = "featureFlags")]
    feature_flags: Vec<String>,
    /// No effect.
    server: Option<Nothing>,
    /// Addresses for the status of objects, separated by commas. Default: those of Envoy's Service.
    #[serde(rename = "ingress-status-address")]
    ingress_status_address: Text,
    /// The Service of Envoy; outside a cluster, only `loadBalancer.mode: Auto` reads it. Default: `envoy`.
    #[serde(rename = "envoy-service-name")]
    envoy_service_name: Text,
    /// Its namespace. Default: `projectcontour`.
    #[serde(rename = "envoy-service-namespace")]
    envoy_service_namespace: Text,
}

/// What a legacy block may hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl File {
    /// Reads everything, with the flags over it.
    pub(super) fn settle(mut self, flags: Flags, remarks: &mut Remarks) -> Settings {
        let mut settings = Settings::default();
        let to = &mut settings;
        self.read_http(to, &mut remarks.at(""));
        self.read_access_log(&flags, to, &mut remarks.at(""));
        self.read_process(to, &mut remarks.at(""));
        self.check_front(&flags, &mut remarks.at(""));
        let stats = flags.stats(&mut remarks.at(""));
        let metrics = self.metrics.unwrap_or_default();
        metrics.apply(stats, to, &mut remarks.at("metrics"));
        let health = self.health.unwrap_or_default();
        health.apply(stats, to, &mut remarks.at("health"));
        if let Some(listener) = self.om_enforced_health_listener {
            listener.apply(to, &mut remarks.at("omEnforcedHealthListener"));
        }
        self.network.apply(to, &mut remarks.at("network"));
        self.load_balancer.apply(to, &mut remarks.at("loadBalancer"));
        self.listeners.apply(&mut to.listeners, &mut remarks.at("listeners"));
        self.tls.apply(&mut to.tls, &mut remarks.at("tls"));
        self.listener.apply(to, &mut remarks.at("listener"));
        self.timeouts.apply(to, &mut remarks.at("timeouts"));
        self.cluster.apply(&mut to.cluster, &mut remarks.at("cluster"));
        self.policy.apply(&mut to.header_policy, &mut remarks.at("policy"));
        self.compression
            .apply(&mut to.http.compression, &mut remarks.at("compression"));
        let service = self.rate_limit_service;
        to.rate_limit_service = service.and_then(|service| service.read(&mut remarks.at("rateLimitService")));
        let server = self.global_ext_auth;
        to.global_ext_auth = server.and_then(|server| server.read(&mut remarks.at("globalExtAuth")));
        let tracing = self.tracing;
        to.tracing = tracing.and_then(|tracing| tracing.read(&mut remarks.at("tracing")));
        flags.apply(to, &mut remarks.at(""));
        contradictions::check(to, remarks);
        settings
    }
}
