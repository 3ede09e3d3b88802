//! The configuration file as it is written, block by block. A block reads itself into the typed settings.

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
mod tracing;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AccessLogFormat, AccessLogLevel, Flags, ServerHeader, Settings, access_log, read::word, remark::Remarks, text::Text,
};
use crate::object::NamespacedName;

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
    /// Addresses for the status of objects, separated by commas. Default: those of Envoy's Service.
    #[serde(rename = "ingress-status-address")]
    ingress_status_address: Text,
    /// The Service of Envoy. Default: `envoy`.
    #[serde(rename = "envoy-service-name")]
    envoy_service_name: Text,
    /// Its namespace. Default: `projectcontour`.
    #[serde(rename = "envoy-service-namespace")]
    envoy_service_namespace: Text,
}

impl File {
    /// Reads everything, with the flags over it.
    pub(super) fn settle(self, flags: Flags, remarks: &mut Remarks) -> Settings {
        let mut settings = Settings::default();
        let to = &mut settings;
        let hops = (self.network.num_trusted_hops, self.load_balancer.trusted.hops);
        let proxy_protocol = flags.proxy_protocol(self.load_balancer.proxy_protocol, &mut remarks.at(""));
        self.load_balancer.apply(to, &mut remarks.at("loadBalancer"));
        to.load_balancer.proxy_protocol = proxy_protocol.unwrap_or_default();
        if let (Some(of_network), of_load_balancer) = hops {
            to.load_balancer.trusted.hops = of_network;
            if of_load_balancer.is_some_and(|hops| hops != of_network) {
                let message = "differs from loadBalancer.trusted.hops, which means the same";
                remarks.at("network").problem("num-trusted-hops", message);
            }
        }
        self.listeners.apply(&mut to.listeners, &mut remarks.at("listeners"));
        self.tls.apply(&mut to.tls, &mut remarks.at("tls"));
        self.listener.apply(to, &mut remarks.at("listener"));
        to.http.strip_trailing_host_dot = self.network.strip_trailing_host_dot;
        to.process.admin_port = self.network.admin_port;
        self.timeouts.apply(to, &mut remarks.at("timeouts"));
        self.cluster.apply(&mut to.cluster, &mut remarks.at("cluster"));
        self.policy.apply(&mut to.header_policy, &mut remarks.at("policy"));
        self.compression
            .apply(&mut to.http.compression, &mut remarks.at("compression"));
        let service = self.rate_limit_service;
        to.rate_limit_service = service.and_then(|service| service.read(&mut remarks.at("rateLimitService")));
        let server = self.global_ext_auth;
        to.global_ext_auth = server.and_then(|server| server.read(&mut remarks.at("globalExtAuth")));
        to.tracing = self
            .tracing
            .and_then(|tracing| tracing.read(&mut remarks.at("tracing")));
        to.http.allow_chunked_length = !self.disable_allow_chunked_length;
        to.http.merge_slashes = !self.disable_merge_slashes;
        to.disable_permit_insecure = self.disable_permit_insecure;
        to.enable_external_name_service = self.enable_external_name_service;
        let runtime = self.runtime_settings.into_iter();
        to.runtime = runtime.map(|(key, value)| (key, value.0.unwrap_or_default())).collect();
        to.process.debug = self.debug;
        let addresses = self.ingress_status_address.0.unwrap_or_default();
        to.process.ingress_status_addresses = addresses
            .split(',')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        to.process.envoy_service = NamespacedName::new(
            self.envoy_service_namespace.0.as_deref().unwrap_or("projectcontour"),
            self.envoy_service_name.0.as_deref().unwrap_or("envoy"),
        );

        let at = &mut remarks.at("");
        if let Some((one, two)) = at.read("default-http-versions", self.default_http_versions, http_versions) {
            (to.http.version_1, to.http.version_2) = (one, two);
        }
        at.set(
            "serverHeaderTransformation",
            self.server_header_transformation,
            &mut to.http.server_header,
            |text: String| word(&text, &SERVER_HEADERS, "invalid server header transformation"),
        );
        at.set(
            "accesslog-level",
            self.accesslog_level,
            &mut to.access_log.level,
            |text: String| word(&text, &LEVELS, "invalid access log level"),
        );
        let is_json = |text: String| word(&text, &[("envoy", false), ("json", true)], "invalid access log format");
        let in_file = at.read("accesslog-format", self.accesslog_format, is_json);
        let by_flag = at.read("--accesslog-format", flags.accesslog_format.clone(), is_json);
        let text = at.read(
            "accesslog-format-string",
            self.accesslog_format_string,
            access_log::text,
        );
        let fields = self
            .json_fields
            .unwrap_or_else(|| access_log::DEFAULT_FIELDS.map(str::to_owned).into());
        let fields = at.read("json-fields", fields, |fields: Vec<String>| access_log::json(&fields));
        to.access_log.format = match by_flag.or(in_file) {
            Some(true) => AccessLogFormat::Json(fields.unwrap_or_default()),
            _ => text.map_or(AccessLogFormat::Default, AccessLogFormat::Text),
        };
        flags.apply(to, at);
        settings
    }
}

const SERVER_HEADERS: [(&str, ServerHeader); 3] = [
    ("overwrite", ServerHeader::Overwrite),
    ("append_if_absent", ServerHeader::AppendIfAbsent),
    ("pass_through", ServerHeader::PassThrough),
];

const LEVELS: [(&str, AccessLogLevel); 4] = [
    ("info", AccessLogLevel::Info),
    ("error", AccessLogLevel::Error),
    ("critical", AccessLogLevel::Critical),
    ("disabled", AccessLogLevel::Disabled),
];

/// Whether HTTP/1.1, and whether HTTP/2.
fn http_versions(list: Vec<String>) -> Result<(bool, bool), String> {
    if list.is_empty() {
        return Err("no HTTP version is left; known: http/1.1, http/2".to_owned());
    }
    let (mut one, mut two) = (false, false);
    for version in list {
        match version.to_ascii_lowercase().as_str() {
            "http/1.1" => one = true,
            "http/2" => two = true,
            _ => return Err(format!("invalid HTTP version {version:?}; known: http/1.1, http/2")),
        }
    }
    Ok((one, two))
}
