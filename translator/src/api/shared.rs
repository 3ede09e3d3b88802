//! Parts that HTTPProxy, ExtensionService and the configuration file have in common.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    rules,
    schema::{DURATION_OR_INFINITY, integer},
};

/// One element of a list of conditions; empty strings mean "not set", as in the reference.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MatchCondition {
    /// The path starts with this text, which may end within a segment.
    pub(crate) prefix: String,
    /// The path is this. Not for includes.
    pub(crate) exact: String,
    /// The whole path matches this regular expression (RE2).
    pub(crate) regex: String,
    /// What a header must be like.
    pub(crate) header: Option<HeaderCondition>,
    /// What a query parameter must be like.
    pub(crate) query_parameter: Option<QueryParameterCondition>,
}

/// What a header must be like.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the schema's")]
pub(crate) struct HeaderCondition {
    /// Name of the header, in any case.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// The header is there.
    #[serde(default)]
    pub(crate) present: bool,
    /// The header is not there.
    #[serde(default)]
    pub(crate) notpresent: bool,
    /// The value contains this.
    #[serde(default)]
    pub(crate) contains: String,
    /// The value does not contain this.
    #[serde(default)]
    pub(crate) notcontains: String,
    /// The value is this.
    #[serde(default)]
    pub(crate) exact: String,
    /// The value is not this.
    #[serde(default)]
    pub(crate) notexact: String,
    /// The whole value matches this regular expression (RE2).
    #[serde(default)]
    pub(crate) regex: String,
    /// Upper and lower case of the value are the same. Not for `regex`.
    #[serde(default)]
    pub(crate) ignore_case: bool,
    /// A missing header counts as an empty one.
    #[serde(default)]
    pub(crate) treat_missing_as_empty: bool,
}

/// What a query parameter must be like.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryParameterCondition {
    /// Name of the parameter.
    pub(crate) name: String,
    /// The value is this.
    #[serde(default)]
    pub(crate) exact: String,
    /// The value starts with this.
    #[serde(default)]
    pub(crate) prefix: String,
    /// The value ends with this.
    #[serde(default)]
    pub(crate) suffix: String,
    /// The whole value matches this regular expression (RE2).
    #[serde(default)]
    pub(crate) regex: String,
    /// The value contains this.
    #[serde(default)]
    pub(crate) contains: String,
    /// Upper and lower case of the value are the same. Not for `regex`.
    #[serde(default)]
    pub(crate) ignore_case: bool,
    /// The parameter is there.
    #[serde(default)]
    pub(crate) present: bool,
}

/// How the certificate of a backend is verified.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [rules::SUBJECT_NAMES]))]
pub(crate) struct UpstreamValidation {
    /// Secret with the authorities under `ca.crt`; `namespace/name` where it is delegated.
    #[schemars(length(min = 1, max = 317))]
    pub(crate) ca_secret: String,
    /// Name that the certificate must hold.
    #[schemars(length(min = 1, max = 250))]
    pub(crate) subject_name: String,
    /// Names of which the certificate must hold one; the first is `subjectName`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 8))]
    pub(crate) subject_names: Vec<String>,
}

/// How long to wait; `infinity` is for ever.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TimeoutPolicy {
    /// From the end of the request to the end of the response.
    #[schemars(regex(pattern = DURATION_OR_INFINITY))]
    pub(crate) response: String,
    /// Without a byte in either direction of the request.
    #[schemars(regex(pattern = DURATION_OR_INFINITY))]
    pub(crate) idle: String,
    /// Without a request on the connection to the backend.
    #[schemars(regex(pattern = DURATION_OR_INFINITY))]
    pub(crate) idle_connection: String,
}

/// How requests are spread over endpoints.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LoadBalancerPolicy {
    /// `RoundRobin`, `WeightedLeastRequest`, `Random`, `Cookie` or `RequestHash`; anything else is `RoundRobin`.
    pub(crate) strategy: String,
    /// What `RequestHash` hashes, in this order.
    pub(crate) request_hash_policies: Vec<RequestHashPolicy>,
}

/// One thing to hash.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RequestHashPolicy {
    /// Where this yields a hash, what follows is not looked at.
    pub(crate) terminal: bool,
    /// A header.
    pub(crate) header_hash_options: Option<HeaderHashOptions>,
    /// A query parameter.
    pub(crate) query_parameter_hash_options: Option<QueryParameterHashOptions>,
    /// The client's address.
    #[serde(rename = "hashSourceIP")]
    pub(crate) hash_source_ip: bool,
}

/// A header to hash.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeaderHashOptions {
    /// Its name.
    #[schemars(length(min = 1))]
    pub(crate) header_name: String,
}

/// A query parameter to hash.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryParameterHashOptions {
    /// Its name.
    #[schemars(length(min = 1))]
    pub(crate) parameter_name: String,
}

/// Headers to set and to remove.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct HeadersPolicy {
    /// Headers to set; what was there is replaced.
    pub(crate) set: Vec<HeaderValue>,
    /// Names of the headers to remove.
    pub(crate) remove: Vec<String>,
}

/// A header.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct HeaderValue {
    /// Its name.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Its value.
    #[schemars(length(min = 1))]
    pub(crate) value: String,
}

/// How many requests are let through.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct RateLimitPolicy {
    /// Counted by each Envoy on its own.
    pub(crate) local: Option<LocalRateLimitPolicy>,
    /// Counted by the rate limit service.
    pub(crate) global: Option<GlobalRateLimitPolicy>,
}

/// A limit that each Envoy counts on its own.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocalRateLimitPolicy {
    /// Requests per unit.
    #[schemars(with = "i32", range(min = 1))]
    pub(crate) requests: i64,
    /// Unit of time.
    #[schemars(extend("enum" = ["second", "minute", "hour"]))]
    pub(crate) unit: String,
    /// Requests beyond that in a burst.
    #[serde(default)]
    #[schemars(with = "i32")]
    pub(crate) burst: i64,
    /// Status of the answer to a limited request; 429 if not set.
    #[serde(default)]
    #[schemars(with = "i32", range(min = 400, max = 599))]
    pub(crate) response_status_code: Option<i64>,
    /// Headers of that answer.
    #[serde(default)]
    pub(crate) response_headers_to_add: Vec<HeaderValue>,
}

/// A limit that the rate limit service counts.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct GlobalRateLimitPolicy {
    /// No global limit here, not even the operator's default.
    pub(crate) disabled: bool,
    /// What the service is told of a request.
    #[schemars(length(min = 1))]
    pub(crate) descriptors: Vec<RateLimitDescriptor>,
}

/// One descriptor: its entries together select a limit.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct RateLimitDescriptor {
    /// Its entries; a request that lacks one of them sends no descriptor.
    #[schemars(length(min = 1))]
    pub(crate) entries: Vec<RateLimitDescriptorEntry>,
}

/// One entry: exactly one of its fields.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RateLimitDescriptorEntry {
    /// A fixed text.
    pub(crate) generic_key: Option<GenericKeyDescriptor>,
    /// The value of a header.
    pub(crate) request_header: Option<RequestHeaderDescriptor>,
    /// A fixed text where headers match.
    pub(crate) request_header_value_match: Option<RequestHeaderValueMatchDescriptor>,
    /// The client's address.
    pub(crate) remote_address: Option<RemoteAddressDescriptor>,
}

/// A fixed text.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct GenericKeyDescriptor {
    /// Key of the entry; `generic_key` if not set.
    #[serde(default)]
    pub(crate) key: String,
    /// Value of the entry.
    #[schemars(length(min = 1))]
    pub(crate) value: String,
}

/// The value of a header.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestHeaderDescriptor {
    /// Name of the header.
    #[schemars(length(min = 1))]
    pub(crate) header_name: String,
    /// Key of the entry.
    #[schemars(length(min = 1))]
    pub(crate) descriptor_key: String,
}

/// A fixed text where headers match.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestHeaderValueMatchDescriptor {
    /// What all of these headers must be like.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) headers: Vec<HeaderCondition>,
    /// Whether they must match, or must not.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub(crate) expect_match: Option<bool>,
    /// Value of the entry.
    #[schemars(length(min = 1))]
    pub(crate) value: String,
}

/// The client's address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct RemoteAddressDescriptor {}

/// One network of clients.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct IpFilterPolicy {
    /// `Peer`: the address of the socket. `Remote`: the client's address, as PROXY and trusted hops tell it.
    pub(crate) source: IpFilterSource,
    /// Network such as `10.0.0.0/8`, or one address.
    pub(crate) cidr: String,
}

/// Which address is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
pub(crate) enum IpFilterSource {
    #[default]
    Peer,
    Remote,
}

/// External authorization of a host, or of everything.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [rules::HTTP_SETTINGS]))]
pub(crate) struct AuthorizationServer {
    /// ExtensionService that is asked.
    pub(crate) extension_ref: ExtensionServiceReference,
    /// How it is asked.
    #[schemars(extend("enum" = ["http", "grpc"], "default" = "grpc"))]
    pub(crate) service_type: Option<String>,
    /// Details where the type is `http`.
    pub(crate) http_settings: Option<HttpAuthorizationServerSettings>,
    /// Defaults of every route.
    pub(crate) auth_policy: Option<AuthorizationPolicy>,
    /// How long its answer may take; otherwise the ExtensionService's response timeout.
    #[schemars(regex(pattern = DURATION_OR_INFINITY))]
    pub(crate) response_timeout: String,
    /// Let requests through while it cannot be asked.
    pub(crate) fail_open: bool,
    /// Send it the request's body too.
    pub(crate) with_request_body: Option<AuthorizationServerBufferSettings>,
}

/// Names an ExtensionService.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ExtensionServiceReference {
    /// `projectcontour.io/v1alpha1`, or nothing.
    #[schemars(length(min = 1))]
    pub(crate) api_version: String,
    /// Its namespace; the referring object's own if not set.
    #[schemars(length(min = 1))]
    pub(crate) namespace: String,
    /// Its name.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
}

/// How an authorization service is asked over HTTP.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct HttpAuthorizationServerSettings {
    /// Goes before the request's path.
    pub(crate) path_prefix: String,
    /// Headers of the request that the service is sent.
    pub(crate) allowed_authorization_headers: Vec<AllowedHeader>,
    /// Headers of its answer that the backend is sent.
    pub(crate) allowed_upstream_headers: Vec<AllowedHeader>,
}

/// Headers by name: exactly one of `exact`, `prefix`, `suffix` and `contains`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [rules::ALLOWED_HEADER]))]
pub(crate) struct AllowedHeader {
    /// The name is this.
    pub(crate) exact: String,
    /// The name starts with this.
    pub(crate) prefix: String,
    /// The name ends with this.
    pub(crate) suffix: String,
    /// The name contains this.
    pub(crate) contains: String,
    /// In any case.
    pub(crate) ignore_case: bool,
}

/// Whether authorization is asked for, and with what context.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct AuthorizationPolicy {
    /// Do not ask. A policy counts as a whole: a route with only a context is asked for even where the host is not.
    pub(crate) disabled: Option<bool>,
    /// Keys and values that the service is told beside the request.
    pub(crate) context: BTreeMap<String, String>,
}

/// What the authorization service gets to see of the body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AuthorizationServerBufferSettings {
    /// Bytes that are read before it is asked.
    #[schemars(with = "i32", range(min = 1), extend("default" = 1024))]
    pub(crate) max_request_bytes: Option<i64>,
    /// Ask about the beginning of a longer body; otherwise it is answered 413.
    pub(crate) allow_partial_message: bool,
    /// Send the body as bytes rather than text.
    pub(crate) pack_as_bytes: bool,
}

/// Limits of one cluster; nothing where Envoy's own default holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CircuitBreakers {
    /// Connections.
    #[schemars(with = "i32")]
    pub(crate) max_connections: i64,
    /// Requests that wait for a connection.
    #[schemars(with = "i32")]
    pub(crate) max_pending_requests: i64,
    /// Requests at a time.
    #[schemars(with = "i32")]
    pub(crate) max_requests: i64,
    /// Retries at a time.
    #[schemars(with = "i32")]
    pub(crate) max_retries: i64,
    /// Connections to one endpoint.
    #[schemars(with = "i32")]
    pub(crate) per_host_max_connections: i64,
}

/// A Service's port: 1 to 65535, in the reference's words.
pub(crate) fn service_port(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let mut schema = integer(generator);
    schema.insert("minimum".to_owned(), 1.into());
    schema.insert("maximum".to_owned(), 65536.into());
    schema.insert("exclusiveMaximum".to_owned(), true.into());
    schema
}
