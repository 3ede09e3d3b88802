//! ContourConfiguration, `projectcontour.io/v1alpha1`: the operator's settings as an object.
//!
//! Empty strings and zeros mean "not set", as in the reference.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Names, Resource,
    schema::integer,
    shared::{AuthorizationServer, CircuitBreakers, GlobalRateLimitPolicy},
};

/// The operator's settings as an object.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContourConfigurationSpec {
    /// Where Envoys find the controller.
    pub(crate) xds_server: Option<XdsServer>,
    /// Which Ingresses and HTTPProxies are meant, and their status.
    pub(crate) ingress: Option<IngressConfig>,
    /// The debug endpoint.
    pub(crate) debug: Option<AddressAndPort>,
    /// The health endpoint.
    pub(crate) health: Option<Endpoint>,
    /// What Envoy does.
    pub(crate) envoy: Option<EnvoyConfig>,
    /// The Gateway that is served.
    pub(crate) gateway: Option<GatewayConfig>,
    /// How HTTPProxies are read.
    pub(crate) httpproxy: Option<HttpProxyConfig>,
    /// Services of type ExternalName may be backends.
    pub(crate) enable_external_name_service: bool,
    /// External authorization of every host.
    pub(crate) global_ext_auth: Option<AuthorizationServer>,
    /// Who counts global rate limits.
    pub(crate) rate_limit_service: Option<RateLimitServiceConfig>,
    /// Who is told of traces.
    pub(crate) tracing: Option<TracingConfig>,
    /// Headers of every host.
    pub(crate) policy: Option<PolicyConfig>,
    /// The metrics endpoint of the controller.
    pub(crate) metrics: Option<MetricsConfig>,
    /// Features to turn on.
    pub(crate) feature_flags: Vec<String>,
}

/// Where Envoys find the controller.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct XdsServer {
    /// Address; `0.0.0.0` if not set.
    #[schemars(length(min = 1))]
    pub(crate) address: String,
    /// Port; 8001 if not set.
    #[schemars(schema_with = "integer")]
    pub(crate) port: i64,
    /// Its certificates.
    pub(crate) tls: Option<XdsTls>,
}

/// Certificates between Envoys and the controller.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct XdsTls {
    /// Authority of the clients.
    pub(crate) ca_file: String,
    /// Certificate.
    pub(crate) cert_file: String,
    /// Its key.
    pub(crate) key_file: String,
    /// No TLS.
    pub(crate) insecure: bool,
}

/// Which Ingresses and HTTPProxies are meant, and their status.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct IngressConfig {
    /// Classes; if none is set, `contour` and no class at all.
    pub(crate) class_names: Vec<String>,
    /// Address that goes into their status.
    pub(crate) status_address: String,
}

/// An endpoint.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct AddressAndPort {
    /// Address.
    pub(crate) address: String,
    /// Port.
    #[schemars(schema_with = "integer")]
    pub(crate) port: i64,
}

/// An endpoint.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Endpoint {
    /// Address.
    #[schemars(length(min = 1))]
    pub(crate) address: String,
    /// Port.
    #[schemars(schema_with = "integer")]
    pub(crate) port: i64,
}

/// An endpoint with metrics.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct MetricsConfig {
    /// Address.
    #[schemars(length(min = 1, max = 253))]
    pub(crate) address: String,
    /// Port.
    #[schemars(schema_with = "integer")]
    pub(crate) port: i64,
    /// Its certificates; without them it is plain HTTP.
    pub(crate) tls: Option<MetricsTls>,
}

/// Certificates of the metrics.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the schema's")]
pub(crate) struct MetricsTls {
    /// Authority of the clients; anybody may ask if not set.
    pub(crate) ca_file: String,
    /// Certificate.
    pub(crate) cert_file: String,
    /// Its key.
    pub(crate) key_file: String,
}

/// How HTTPProxies are read.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct HttpProxyConfig {
    /// `permitInsecure` has no effect.
    pub(crate) disable_permit_insecure: bool,
    /// The only namespaces that may hold roots.
    pub(crate) root_namespaces: Vec<String>,
    /// Secret with the certificate for clients whose SNI no host has.
    pub(crate) fallback_certificate: Option<NamespacedName>,
}

/// Names an object.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct NamespacedName {
    /// Its name.
    pub(crate) name: String,
    /// Its namespace.
    pub(crate) namespace: String,
}

/// The Gateway that is served.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayConfig {
    /// Names it.
    pub(crate) gateway_ref: NamespacedName,
}

/// Who counts global rate limits.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RateLimitServiceConfig {
    /// The ExtensionService.
    pub(crate) extension_service: NamespacedName,
    /// Domain of the limits.
    #[serde(default)]
    pub(crate) domain: String,
    /// Let requests through while it cannot be asked.
    #[serde(default)]
    pub(crate) fail_open: bool,
    /// Tell clients of their limits by `x-ratelimit-*`.
    #[serde(default)]
    pub(crate) enable_x_rate_limit_headers: bool,
    /// Answer limited gRPC requests with RESOURCE_EXHAUSTED.
    #[serde(default)]
    pub(crate) enable_resource_exhausted_code: bool,
    /// Limit of hosts that have none.
    #[serde(default)]
    pub(crate) default_global_rate_limit_policy: Option<GlobalRateLimitPolicy>,
}

/// Who is told of traces.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TracingConfig {
    /// The ExtensionService, speaking OpenTelemetry.
    pub(crate) extension_service: NamespacedName,
    /// Name of the service in traces; `contour` if not set.
    #[serde(default)]
    pub(crate) service_name: String,
    /// Percent of requests traced at most; 100 if not set.
    #[serde(default)]
    pub(crate) overall_sampling: String,
    /// Percent traced of those that a client asks to trace; 100 if not set.
    #[serde(default)]
    pub(crate) client_sampling: String,
    /// Percent traced of all others; 100 if not set.
    #[serde(default)]
    pub(crate) random_sampling: String,
    /// Bytes of the path in a trace; 256 if not set.
    #[serde(default)]
    #[schemars(with = "i32")]
    pub(crate) max_path_tag_length: i64,
    /// Name the pod and its namespace; yes if not set.
    #[serde(default)]
    pub(crate) include_pod_detail: Option<bool>,
    /// More tags.
    #[serde(default)]
    pub(crate) custom_tags: Vec<CustomTag>,
}

/// One more tag. Exactly one of `literal` and `requestHeaderName`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomTag {
    /// Its name.
    pub(crate) tag_name: String,
    /// Its value.
    #[serde(default)]
    pub(crate) literal: String,
    /// The header with its value.
    #[serde(default)]
    pub(crate) request_header_name: String,
}

/// Headers of every host.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PolicyConfig {
    /// On the way to the backend.
    pub(crate) request_headers: Option<DefaultHeaders>,
    /// On the way to the client.
    pub(crate) response_headers: Option<DefaultHeaders>,
    /// For Ingresses too.
    pub(crate) apply_to_ingress: bool,
}

/// Headers of every host.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct DefaultHeaders {
    /// Values by name.
    pub(crate) set: BTreeMap<String, String>,
    /// Names.
    pub(crate) remove: Vec<String>,
}

/// What Envoy does.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EnvoyConfig {
    /// All listeners.
    pub(crate) listener: Option<ListenerConfig>,
    /// Service whose addresses go into statuses.
    pub(crate) service: Option<NamespacedName>,
    /// The listener for HTTP.
    pub(crate) http: Option<EnvoyListener>,
    /// The listener for HTTPS.
    pub(crate) https: Option<EnvoyListener>,
    /// The health endpoint.
    pub(crate) health: Option<Endpoint>,
    /// The metrics endpoint.
    pub(crate) metrics: Option<MetricsConfig>,
    /// A health endpoint that fails under overload.
    pub(crate) om_enforced_health: Option<Endpoint>,
    /// Secret with the certificate that Envoy shows to backends.
    pub(crate) client_certificate: Option<NamespacedName>,
    /// Access logs.
    pub(crate) logging: Option<LoggingConfig>,
    /// Versions that clients are offered: `HTTP/1.1`, `HTTP/2`.
    #[serde(rename = "defaultHTTPVersions")]
    pub(crate) default_http_versions: Vec<String>,
    /// How long to wait.
    pub(crate) timeouts: Option<TimeoutsConfig>,
    /// All clusters.
    pub(crate) cluster: Option<ClusterConfig>,
    /// What stands around Envoy.
    pub(crate) network: Option<NetworkConfig>,
    /// Runtime keys of Envoy.
    pub(crate) runtime_settings: BTreeMap<String, String>,
}

/// A listener.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EnvoyListener {
    /// Address.
    #[schemars(length(min = 1))]
    pub(crate) address: String,
    /// Port.
    #[schemars(schema_with = "integer")]
    pub(crate) port: i64,
    /// File of the access log.
    pub(crate) access_log: String,
}

/// All listeners.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListenerConfig {
    /// Connections begin with PROXY, version 1 or 2.
    pub(crate) use_proxy_protocol: bool,
    /// Refuse requests with both lengths.
    pub(crate) disable_allow_chunked_length: bool,
    /// `//` is not `/`.
    pub(crate) disable_merge_slashes: bool,
    /// `overwrite`, `append_if_absent` or `pass_through`.
    pub(crate) server_header_transformation: String,
    /// `exact`, or nothing.
    pub(crate) connection_balancer: String,
    /// Requests on a connection.
    #[schemars(with = "i32", range(min = 1))]
    pub(crate) max_requests_per_connection: Option<i64>,
    /// Bytes held for a connection.
    #[serde(rename = "per-connection-buffer-limit-bytes")]
    #[schemars(with = "i32", range(min = 1))]
    pub(crate) per_connection_buffer_limit_bytes: Option<i64>,
    /// Requests read from a connection at a time.
    #[serde(rename = "maxRequestsPerIOCycle")]
    #[schemars(with = "i32", range(min = 1))]
    pub(crate) max_requests_per_io_cycle: Option<i64>,
    /// Streams of an HTTP/2 connection.
    #[schemars(with = "i32", range(min = 1))]
    pub(crate) http_max_concurrent_streams: Option<i64>,
    /// Connections of a listener.
    #[schemars(with = "i32", range(min = 1))]
    pub(crate) max_connections_per_listener: Option<i64>,
    /// Connections accepted at a time.
    #[schemars(with = "i32", range(min = 1))]
    pub(crate) max_connections_to_accept_per_socket_event: Option<i64>,
    /// TLS with clients.
    pub(crate) tls: Option<ListenerTls>,
    /// Options of the sockets.
    pub(crate) socket_options: Option<SocketOptions>,
    /// Compression of responses.
    pub(crate) compression: Option<Compression>,
}

/// TLS with clients.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListenerTls {
    /// `1.2` or `1.3`.
    pub(crate) minimum_protocol_version: String,
    /// `1.2` or `1.3`.
    pub(crate) maximum_protocol_version: String,
    /// Ciphers of TLS 1.2.
    pub(crate) cipher_suites: Vec<String>,
    /// Curves.
    pub(crate) ecdh_curves: Vec<String>,
    /// Fingerprints of clients for the log.
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// TLS with backends.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpstreamTls {
    /// `1.2` or `1.3`.
    pub(crate) minimum_protocol_version: String,
    /// `1.2` or `1.3`.
    pub(crate) maximum_protocol_version: String,
    /// Ciphers of TLS 1.2.
    pub(crate) cipher_suites: Vec<String>,
    /// Curves.
    pub(crate) ecdh_curves: Vec<String>,
}

/// Fingerprints of clients for the log.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Fingerprint {
    /// JA3.
    pub(crate) ja3: bool,
    /// JA4.
    pub(crate) ja4: bool,
}

/// Options of the sockets.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SocketOptions {
    /// IPv4 type of service.
    #[schemars(with = "i32", range(min = 0, max = 255))]
    pub(crate) tos: i64,
    /// IPv6 traffic class.
    #[schemars(with = "i32", range(min = 0, max = 255))]
    pub(crate) traffic_class: i64,
}

/// Compression of responses.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Compression {
    /// How; `gzip` if not set.
    #[schemars(extend("enum" = ["gzip", "brotli", "zstd", "disabled"]))]
    pub(crate) algorithm: String,
}

/// Access logs.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the schema's")]
pub(crate) struct LoggingConfig {
    /// `envoy` or `json`.
    pub(crate) access_log_format: String,
    /// Format of a line.
    pub(crate) access_log_format_string: String,
    /// Fields of a JSON line.
    #[serde(rename = "accessLogJSONFields")]
    pub(crate) access_log_json_fields: Vec<String>,
    /// `info`, `error`, `critical` or `disabled`.
    pub(crate) access_log_level: String,
}

/// How long to wait.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TimeoutsConfig {
    /// For a whole request to arrive.
    pub(crate) request_timeout: String,
    /// Without a request on a connection.
    pub(crate) connection_idle_timeout: String,
    /// Without a byte in a request.
    pub(crate) stream_idle_timeout: String,
    /// For a connection to end.
    pub(crate) max_connection_duration: String,
    /// For a client to close a connection.
    pub(crate) delayed_close_timeout: String,
    /// For requests to end when a connection is to close.
    pub(crate) connection_shutdown_grace_period: String,
    /// For a connection to a backend.
    pub(crate) connect_timeout: String,
}

/// All clusters.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ClusterConfig {
    /// `auto`, `v4`, `v6` or `all`.
    pub(crate) dns_lookup_family: String,
    /// Requests on a connection.
    #[schemars(with = "i32", range(min = 1))]
    pub(crate) max_requests_per_connection: Option<i64>,
    /// Bytes held for a connection.
    #[serde(rename = "per-connection-buffer-limit-bytes")]
    #[schemars(with = "i32", range(min = 1))]
    pub(crate) per_connection_buffer_limit_bytes: Option<i64>,
    /// Limits.
    pub(crate) circuit_breakers: Option<CircuitBreakers>,
    /// TLS with backends.
    #[serde(rename = "upstreamTLS")]
    pub(crate) upstream_tls: Option<UpstreamTls>,
}

/// What stands around Envoy.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NetworkConfig {
    /// Proxies in front whose `x-forwarded-for` is believed.
    #[schemars(with = "i32")]
    pub(crate) num_trusted_hops: i64,
    /// Port of the admin interface; 0 is none.
    #[schemars(schema_with = "integer")]
    pub(crate) admin_port: i64,
    /// `host.` is `host`.
    pub(crate) strip_trailing_host_dot: bool,
}

impl Resource for ContourConfigurationSpec {
    const NAMES: Names = Names {
        group: "projectcontour.io",
        version: "v1alpha1",
        kind: "ContourConfiguration",
        plural: "contourconfigurations",
        aliases: &["contourconfig"],
        columns: &[],
        about: "The operator's settings as an object.",
        spec_is_required: true,
    };
}
