//! Parts that HTTPProxy, ExtensionService and the configuration file have in common.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One element of a list of conditions; empty strings mean "not set", as in the reference.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MatchCondition {
    pub(crate) prefix: String,
    pub(crate) exact: String,
    pub(crate) regex: String,
    pub(crate) header: Option<HeaderCondition>,
    pub(crate) query_parameter: Option<QueryParameterCondition>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the schema's")]
pub(crate) struct HeaderCondition {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) present: bool,
    #[serde(default)]
    pub(crate) notpresent: bool,
    #[serde(default)]
    pub(crate) contains: String,
    #[serde(default)]
    pub(crate) notcontains: String,
    #[serde(default)]
    pub(crate) exact: String,
    #[serde(default)]
    pub(crate) notexact: String,
    #[serde(default)]
    pub(crate) regex: String,
    #[serde(default)]
    pub(crate) ignore_case: bool,
    #[serde(default)]
    pub(crate) treat_missing_as_empty: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryParameterCondition {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) exact: String,
    #[serde(default)]
    pub(crate) prefix: String,
    #[serde(default)]
    pub(crate) suffix: String,
    #[serde(default)]
    pub(crate) regex: String,
    #[serde(default)]
    pub(crate) contains: String,
    #[serde(default)]
    pub(crate) ignore_case: bool,
    #[serde(default)]
    pub(crate) present: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpstreamValidation {
    pub(crate) ca_secret: String,
    pub(crate) subject_name: String,
    #[serde(default)]
    pub(crate) subject_names: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TimeoutPolicy {
    pub(crate) response: String,
    pub(crate) idle: String,
    pub(crate) idle_connection: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LoadBalancerPolicy {
    pub(crate) strategy: String,
    pub(crate) request_hash_policies: Vec<RequestHashPolicy>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RequestHashPolicy {
    pub(crate) terminal: bool,
    pub(crate) header_hash_options: Option<HeaderHashOptions>,
    pub(crate) query_parameter_hash_options: Option<QueryParameterHashOptions>,
    #[serde(rename = "hashSourceIP")]
    pub(crate) hash_source_ip: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeaderHashOptions {
    pub(crate) header_name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryParameterHashOptions {
    pub(crate) parameter_name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct HeadersPolicy {
    pub(crate) set: Vec<HeaderValue>,
    pub(crate) remove: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct HeaderValue {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct RateLimitPolicy {
    pub(crate) local: Option<LocalRateLimitPolicy>,
    pub(crate) global: Option<GlobalRateLimitPolicy>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocalRateLimitPolicy {
    pub(crate) requests: i64,
    pub(crate) unit: String,
    #[serde(default)]
    pub(crate) burst: i64,
    #[serde(default)]
    pub(crate) response_status_code: Option<i64>,
    #[serde(default)]
    pub(crate) response_headers_to_add: Vec<HeaderValue>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct GlobalRateLimitPolicy {
    pub(crate) disabled: bool,
    pub(crate) descriptors: Vec<RateLimitDescriptor>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct RateLimitDescriptor {
    pub(crate) entries: Vec<RateLimitDescriptorEntry>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RateLimitDescriptorEntry {
    pub(crate) generic_key: Option<GenericKeyDescriptor>,
    pub(crate) request_header: Option<RequestHeaderDescriptor>,
    pub(crate) request_header_value_match: Option<RequestHeaderValueMatchDescriptor>,
    pub(crate) remote_address: Option<RemoteAddressDescriptor>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct GenericKeyDescriptor {
    #[serde(default)]
    pub(crate) key: String,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestHeaderDescriptor {
    pub(crate) header_name: String,
    pub(crate) descriptor_key: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestHeaderValueMatchDescriptor {
    #[serde(default)]
    pub(crate) headers: Vec<HeaderCondition>,
    /// `None` is the schema's default of true.
    #[serde(default)]
    pub(crate) expect_match: Option<bool>,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub(crate) struct RemoteAddressDescriptor {}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct IpFilterPolicy {
    pub(crate) source: IpFilterSource,
    pub(crate) cidr: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum IpFilterSource {
    /// The address of the socket.
    #[default]
    Peer,
    /// The client's address, as PROXY and trusted hops tell it.
    Remote,
}

/// External authorization of a host, or of everything.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AuthorizationServer {
    pub(crate) extension_ref: ExtensionServiceReference,
    /// `None` is the schema's default of `grpc`.
    pub(crate) service_type: Option<String>,
    pub(crate) http_settings: Option<HttpAuthorizationServerSettings>,
    pub(crate) auth_policy: Option<AuthorizationPolicy>,
    pub(crate) response_timeout: String,
    pub(crate) fail_open: bool,
    pub(crate) with_request_body: Option<AuthorizationServerBufferSettings>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ExtensionServiceReference {
    pub(crate) api_version: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct HttpAuthorizationServerSettings {
    pub(crate) path_prefix: String,
    pub(crate) allowed_authorization_headers: Vec<AllowedHeader>,
    pub(crate) allowed_upstream_headers: Vec<AllowedHeader>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AllowedHeader {
    pub(crate) exact: String,
    pub(crate) prefix: String,
    pub(crate) suffix: String,
    pub(crate) contains: String,
    pub(crate) ignore_case: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct AuthorizationPolicy {
    /// Not written is not the same as false: a route that only sets a context inherits.
    pub(crate) disabled: Option<bool>,
    pub(crate) context: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AuthorizationServerBufferSettings {
    /// `None` is the schema's default of 1024.
    pub(crate) max_request_bytes: Option<i64>,
    pub(crate) allow_partial_message: bool,
    pub(crate) pack_as_bytes: bool,
}

/// Limits of one cluster; nothing where Envoy's own default holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the schema's")]
pub(crate) struct CircuitBreakers {
    pub(crate) max_connections: i64,
    pub(crate) max_pending_requests: i64,
    pub(crate) max_requests: i64,
    pub(crate) max_retries: i64,
    pub(crate) per_host_max_connections: i64,
}
