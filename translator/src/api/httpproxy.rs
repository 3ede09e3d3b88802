//! HTTPProxy, `projectcontour.io/v1`.
//!
//! Empty strings and lists mean "not set", as in the reference.

use serde::Deserialize;

use super::{FieldProblem, Schema, shared::*};

/// A root (with `virtualhost`) or a child that others include.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct HttpProxySpec {
    pub(crate) virtualhost: Option<VirtualHost>,
    pub(crate) routes: Vec<Route>,
    pub(crate) tcpproxy: Option<TcpProxy>,
    pub(crate) includes: Vec<Include>,
    pub(crate) ingress_class_name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VirtualHost {
    pub(crate) fqdn: String,
    #[serde(default)]
    pub(crate) tls: Option<Tls>,
    #[serde(default)]
    pub(crate) authorization: Option<AuthorizationServer>,
    #[serde(default)]
    pub(crate) cors_policy: Option<CorsPolicy>,
    #[serde(default)]
    pub(crate) rate_limit_policy: Option<RateLimitPolicy>,
    #[serde(default)]
    pub(crate) jwt_providers: Vec<JwtProvider>,
    #[serde(default)]
    pub(crate) ip_allow_policy: Vec<IpFilterPolicy>,
    #[serde(default)]
    pub(crate) ip_deny_policy: Vec<IpFilterPolicy>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Tls {
    pub(crate) secret_name: String,
    pub(crate) minimum_protocol_version: String,
    pub(crate) maximum_protocol_version: String,
    pub(crate) passthrough: bool,
    pub(crate) client_validation: Option<DownstreamValidation>,
    pub(crate) enable_fallback_certificate: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DownstreamValidation {
    pub(crate) ca_secret: String,
    pub(crate) skip_client_cert_validation: bool,
    pub(crate) forward_client_certificate: Option<ClientCertificateDetails>,
    pub(crate) crl_secret: String,
    pub(crate) crl_only_verify_leaf_cert: bool,
    pub(crate) optional_client_certificate: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "the schema's")]
pub(crate) struct ClientCertificateDetails {
    pub(crate) subject: bool,
    pub(crate) cert: bool,
    pub(crate) chain: bool,
    pub(crate) dns: bool,
    pub(crate) uri: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the schema's")]
pub(crate) struct CorsPolicy {
    pub(crate) allow_credentials: bool,
    pub(crate) allow_origin: Vec<String>,
    pub(crate) allow_methods: Vec<String>,
    pub(crate) allow_headers: Vec<String>,
    pub(crate) expose_headers: Vec<String>,
    pub(crate) max_age: String,
    pub(crate) allow_private_network: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JwtProvider {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) default: bool,
    #[serde(default)]
    pub(crate) issuer: String,
    #[serde(default)]
    pub(crate) audiences: Vec<String>,
    #[serde(default, rename = "remoteJWKS")]
    pub(crate) remote_jwks: Option<RemoteJwks>,
    #[serde(default, rename = "localJWKS")]
    pub(crate) local_jwks: Option<LocalJwks>,
    #[serde(default, rename = "forwardJWT")]
    pub(crate) forward_jwt: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemoteJwks {
    pub(crate) uri: String,
    #[serde(default)]
    pub(crate) validation: Option<UpstreamValidation>,
    #[serde(default)]
    pub(crate) timeout: String,
    #[serde(default)]
    pub(crate) cache_duration: String,
    #[serde(default)]
    pub(crate) dns_lookup_family: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocalJwks {
    pub(crate) secret_name: String,
    pub(crate) key: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Include {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) conditions: Vec<MatchCondition>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Route {
    pub(crate) conditions: Vec<MatchCondition>,
    pub(crate) services: Vec<Service>,
    pub(crate) enable_websockets: bool,
    pub(crate) permit_insecure: bool,
    pub(crate) auth_policy: Option<AuthorizationPolicy>,
    pub(crate) timeout_policy: Option<TimeoutPolicy>,
    pub(crate) retry_policy: Option<RetryPolicy>,
    pub(crate) health_check_policy: Option<HttpHealthCheckPolicy>,
    pub(crate) load_balancer_policy: Option<LoadBalancerPolicy>,
    pub(crate) path_rewrite_policy: Option<PathRewritePolicy>,
    pub(crate) request_headers_policy: Option<HeadersPolicy>,
    pub(crate) response_headers_policy: Option<HeadersPolicy>,
    pub(crate) cookie_rewrite_policies: Vec<CookieRewritePolicy>,
    pub(crate) rate_limit_policy: Option<RateLimitPolicy>,
    pub(crate) request_redirect_policy: Option<RequestRedirectPolicy>,
    pub(crate) direct_response_policy: Option<DirectResponsePolicy>,
    pub(crate) internal_redirect_policy: Option<InternalRedirectPolicy>,
    pub(crate) jwt_verification_policy: Option<JwtVerificationPolicy>,
    pub(crate) ip_allow_policy: Vec<IpFilterPolicy>,
    pub(crate) ip_deny_policy: Vec<IpFilterPolicy>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RetryPolicy {
    /// `None` is the schema's default of 1.
    pub(crate) count: Option<i64>,
    pub(crate) per_try_timeout: String,
    pub(crate) retry_on: Vec<String>,
    pub(crate) retriable_status_codes: Vec<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpHealthCheckPolicy {
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) host: String,
    #[serde(default)]
    pub(crate) interval_seconds: i64,
    #[serde(default)]
    pub(crate) timeout_seconds: i64,
    #[serde(default)]
    pub(crate) unhealthy_threshold_count: i64,
    #[serde(default)]
    pub(crate) healthy_threshold_count: i64,
    #[serde(default)]
    pub(crate) expected_statuses: Vec<StatusRange>,
}

/// `start` belongs to the range, `end` does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub(crate) struct StatusRange {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PathRewritePolicy {
    pub(crate) replace_prefix: Vec<ReplacePrefix>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct ReplacePrefix {
    #[serde(default)]
    pub(crate) prefix: String,
    pub(crate) replacement: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RequestRedirectPolicy {
    pub(crate) scheme: Option<String>,
    pub(crate) hostname: Option<String>,
    pub(crate) port: Option<i64>,
    /// `None` is the schema's default of 302.
    pub(crate) status_code: Option<i64>,
    pub(crate) path: Option<String>,
    pub(crate) prefix: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DirectResponsePolicy {
    pub(crate) status_code: i64,
    #[serde(default)]
    pub(crate) body: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct InternalRedirectPolicy {
    pub(crate) max_internal_redirects: Option<i64>,
    pub(crate) redirect_response_codes: Vec<i64>,
    pub(crate) allow_cross_scheme_redirect: String,
    pub(crate) deny_repeated_route_redirect: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct JwtVerificationPolicy {
    pub(crate) require: String,
    pub(crate) disabled: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) port: i64,
    #[serde(default)]
    pub(crate) health_port: Option<i64>,
    #[serde(default)]
    pub(crate) protocol: Option<String>,
    #[serde(default)]
    pub(crate) weight: i64,
    #[serde(default)]
    pub(crate) validation: Option<UpstreamValidation>,
    #[serde(default)]
    pub(crate) mirror: bool,
    #[serde(default)]
    pub(crate) request_headers_policy: Option<HeadersPolicy>,
    #[serde(default)]
    pub(crate) response_headers_policy: Option<HeadersPolicy>,
    #[serde(default)]
    pub(crate) cookie_rewrite_policies: Vec<CookieRewritePolicy>,
    #[serde(default)]
    pub(crate) slow_start_policy: Option<SlowStartPolicy>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SlowStartPolicy {
    pub(crate) window: String,
    /// `None` is the schema's default of `1.0`.
    #[serde(default)]
    pub(crate) aggression: Option<String>,
    /// `None` is the schema's default of 10.
    #[serde(default)]
    pub(crate) min_weight_percent: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CookieRewritePolicy {
    pub(crate) name: String,
    pub(crate) path_rewrite: Option<CookieAttribute>,
    pub(crate) domain_rewrite: Option<CookieAttribute>,
    pub(crate) secure: Option<bool>,
    pub(crate) same_site: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct CookieAttribute {
    pub(crate) value: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TcpProxy {
    pub(crate) services: Vec<Service>,
    pub(crate) include: Option<TcpInclude>,
    /// The old name of `include`.
    pub(crate) includes: Option<TcpInclude>,
    pub(crate) load_balancer_policy: Option<LoadBalancerPolicy>,
    pub(crate) health_check_policy: Option<TcpHealthCheckPolicy>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct TcpInclude {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TcpHealthCheckPolicy {
    pub(crate) interval_seconds: i64,
    pub(crate) timeout_seconds: i64,
    pub(crate) unhealthy_threshold_count: i64,
    pub(crate) healthy_threshold_count: i64,
}

impl Schema for HttpProxySpec {
    fn problems(&self) -> Vec<FieldProblem> {
        Vec::new()
    }
}
