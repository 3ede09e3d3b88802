//! HTTPProxy, `projectcontour.io/v1`.
//!
//! Empty strings and lists mean "not set", as in the reference.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::{
    Names, Resource, rules,
    schema::{
        COOKIE_NAME, COOKIE_PATH, DECIMAL, DNS_NAME, DURATION, DURATION_OR_INFINITY, DURATION_OR_ZERO, FQDN, PATH,
        REDIRECT_STATUSES, TOKEN, integer, redirect_statuses,
    },
    shared::{
        AuthorizationPolicy, AuthorizationServer, HeadersPolicy, IpFilterPolicy, LoadBalancerPolicy, MatchCondition,
        RateLimitPolicy, TimeoutPolicy, UpstreamValidation, service_port,
    },
    status,
};

/// A root (with `virtualhost`) or a child that others include.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct HttpProxySpec {
    /// What makes it a root: the host that it serves.
    pub(crate) virtualhost: Option<VirtualHost>,
    /// Routes; of those that match, the most specific one counts.
    pub(crate) routes: Vec<Route>,
    /// Where connections go that are not read as HTTP. Needs TLS.
    pub(crate) tcpproxy: Option<TcpProxy>,
    /// Other HTTPProxies whose routes belong here too.
    pub(crate) includes: Vec<Include>,
    /// Which controller is meant; the annotation of that name counts more.
    pub(crate) ingress_class_name: String,
}

/// The host that a root serves.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VirtualHost {
    /// Its name, or `*.name` for all names one label below.
    #[schemars(length(min = 1), regex(pattern = FQDN))]
    pub(crate) fqdn: String,
    /// How its TLS ends, or where it is passed through.
    #[serde(default)]
    pub(crate) tls: Option<Tls>,
    /// External authorization of its requests.
    #[serde(default)]
    pub(crate) authorization: Option<AuthorizationServer>,
    /// What scripts from other origins may do.
    #[serde(default)]
    pub(crate) cors_policy: Option<CorsPolicy>,
    /// How many of its requests are let through.
    #[serde(default)]
    pub(crate) rate_limit_policy: Option<RateLimitPolicy>,
    /// Who issues tokens that its routes can demand.
    #[serde(default)]
    pub(crate) jwt_providers: Vec<JwtProvider>,
    /// The only networks that may come. Not together with `ipDenyPolicy`.
    #[serde(default)]
    pub(crate) ip_allow_policy: Vec<IpFilterPolicy>,
    /// Networks that may not come.
    #[serde(default)]
    pub(crate) ip_deny_policy: Vec<IpFilterPolicy>,
}

/// How the TLS of a host ends, or where it is passed through.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Tls {
    /// Secret of type `kubernetes.io/tls`; `namespace/name` where it is delegated.
    pub(crate) secret_name: String,
    /// `1.2` or `1.3`.
    pub(crate) minimum_protocol_version: String,
    /// `1.2` or `1.3`.
    pub(crate) maximum_protocol_version: String,
    /// Do not end TLS here; needs a `tcpproxy`.
    pub(crate) passthrough: bool,
    /// What certificate clients must show.
    pub(crate) client_validation: Option<DownstreamValidation>,
    /// Serve clients whose SNI no host has with the operator's fallback certificate.
    pub(crate) enable_fallback_certificate: bool,
}

/// What certificate clients must show.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DownstreamValidation {
    /// Secret with the authorities under `ca.crt`; `namespace/name` where it is delegated.
    #[schemars(length(min = 1))]
    pub(crate) ca_secret: String,
    /// Ask for a certificate and accept any.
    pub(crate) skip_client_cert_validation: bool,
    /// What of the certificate the backend is told.
    pub(crate) forward_client_certificate: Option<ClientCertificateDetails>,
    /// Secret with a revocation list under `crl.pem`; `namespace/name` where it is delegated.
    #[schemars(length(min = 1))]
    pub(crate) crl_secret: String,
    /// Look for the client's own certificate only in the revocation list.
    pub(crate) crl_only_verify_leaf_cert: bool,
    /// A client without a certificate is welcome.
    pub(crate) optional_client_certificate: bool,
}

/// What of a client certificate goes into `x-forwarded-client-cert`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "the schema's")]
pub(crate) struct ClientCertificateDetails {
    /// Its subject.
    pub(crate) subject: bool,
    /// All of it, PEM.
    pub(crate) cert: bool,
    /// The whole chain, PEM.
    pub(crate) chain: bool,
    /// Its DNS names.
    pub(crate) dns: bool,
    /// Its URI.
    pub(crate) uri: bool,
}

/// What scripts from other origins may do.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CorsPolicy {
    /// They may send credentials.
    #[serde(default)]
    pub(crate) allow_credentials: bool,
    /// Origins, `*`, or regular expressions of origins.
    #[schemars(length(min = 1))]
    pub(crate) allow_origin: Vec<String>,
    /// Methods that they may use.
    #[schemars(length(min = 1), inner(regex(pattern = TOKEN)))]
    pub(crate) allow_methods: Vec<String>,
    /// Headers that they may send.
    #[serde(default)]
    #[schemars(length(min = 1), inner(regex(pattern = TOKEN)))]
    pub(crate) allow_headers: Vec<String>,
    /// Headers of the response that they may read.
    #[serde(default)]
    #[schemars(length(min = 1), inner(regex(pattern = TOKEN)))]
    pub(crate) expose_headers: Vec<String>,
    /// How long a browser may remember this; 0 is not at all.
    #[serde(default)]
    #[schemars(regex(pattern = DURATION_OR_ZERO))]
    pub(crate) max_age: String,
    /// They may come from a public page to a private network.
    #[serde(default)]
    pub(crate) allow_private_network: bool,
}

/// Who issues tokens. Exactly one of `remoteJWKS` and `localJWKS`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [rules::KEYS]))]
pub(crate) struct JwtProvider {
    /// By which routes name it.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Demanded of every route that does not say otherwise.
    #[serde(default)]
    pub(crate) default: bool,
    /// What `iss` must be; anything if not set.
    #[serde(default)]
    pub(crate) issuer: String,
    /// Of which `aud` must hold one; anything if not set.
    #[serde(default)]
    pub(crate) audiences: Vec<String>,
    /// Keys that Envoy fetches.
    #[serde(default, rename = "remoteJWKS")]
    pub(crate) remote_jwks: Option<RemoteJwks>,
    /// Keys in a Secret.
    #[serde(default, rename = "localJWKS")]
    pub(crate) local_jwks: Option<LocalJwks>,
    /// Leave the token in the request that the backend gets.
    #[serde(default, rename = "forwardJWT")]
    pub(crate) forward_jwt: bool,
}

/// Keys that Envoy fetches.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemoteJwks {
    /// Where, over `http` or `https`.
    #[schemars(length(min = 1))]
    pub(crate) uri: String,
    /// How the certificate of that server is verified.
    #[serde(default)]
    pub(crate) validation: Option<UpstreamValidation>,
    /// How long the answer may take; 1s if not set.
    #[serde(default)]
    #[schemars(regex(pattern = DURATION))]
    pub(crate) timeout: String,
    /// How long the keys are kept; 5m if not set.
    #[serde(default)]
    #[schemars(regex(pattern = DURATION))]
    pub(crate) cache_duration: String,
    /// Addresses to ask for: `v6` then `v4`, or one of them only.
    #[serde(default)]
    #[schemars(extend("enum" = ["auto", "v4", "v6"]))]
    pub(crate) dns_lookup_family: String,
}

/// Keys in a Secret.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocalJwks {
    /// Secret of the proxy's own namespace.
    #[schemars(length(min = 1))]
    pub(crate) secret_name: String,
    /// Key in it under which the keys stand, as JSON.
    #[schemars(length(min = 1))]
    pub(crate) key: String,
}

/// An HTTPProxy whose routes belong here too.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct Include {
    /// Its name.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Its namespace; the including proxy's own if not set.
    #[serde(default)]
    pub(crate) namespace: String,
    /// What all of its requests must be like, beside what its routes say.
    #[serde(default)]
    pub(crate) conditions: Vec<MatchCondition>,
}

/// What requests it is for, and what becomes of them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Route {
    /// What a request must be like; all of them.
    pub(crate) conditions: Vec<MatchCondition>,
    /// Backends, shared by weight.
    pub(crate) services: Vec<Service>,
    /// Requests may switch to WebSocket.
    pub(crate) enable_websockets: bool,
    /// Serve it without TLS too, where the host has TLS.
    pub(crate) permit_insecure: bool,
    /// Its exception from the external authorization of the host.
    pub(crate) auth_policy: Option<AuthorizationPolicy>,
    /// How long to wait.
    pub(crate) timeout_policy: Option<TimeoutPolicy>,
    /// When a request is sent again.
    pub(crate) retry_policy: Option<RetryPolicy>,
    /// How endpoints are probed.
    pub(crate) health_check_policy: Option<HttpHealthCheckPolicy>,
    /// How requests are spread over endpoints.
    pub(crate) load_balancer_policy: Option<LoadBalancerPolicy>,
    /// Which prefix becomes which other.
    pub(crate) path_rewrite_policy: Option<PathRewritePolicy>,
    /// Headers on the way to the backend.
    pub(crate) request_headers_policy: Option<HeadersPolicy>,
    /// Headers on the way to the client.
    pub(crate) response_headers_policy: Option<HeadersPolicy>,
    /// Cookies on the way to the client.
    pub(crate) cookie_rewrite_policies: Vec<CookieRewritePolicy>,
    /// How many of its requests are let through.
    pub(crate) rate_limit_policy: Option<RateLimitPolicy>,
    /// Answer with a redirect instead of a backend.
    pub(crate) request_redirect_policy: Option<RequestRedirectPolicy>,
    /// Answer with a fixed text instead of a backend.
    pub(crate) direct_response_policy: Option<DirectResponsePolicy>,
    /// Follow redirects of the backend here.
    pub(crate) internal_redirect_policy: Option<InternalRedirectPolicy>,
    /// Which token it demands.
    pub(crate) jwt_verification_policy: Option<JwtVerificationPolicy>,
    /// The only networks that may come; in place of the host's rules.
    pub(crate) ip_allow_policy: Vec<IpFilterPolicy>,
    /// Networks that may not come; in place of the host's rules.
    pub(crate) ip_deny_policy: Vec<IpFilterPolicy>,
}

/// When a request is sent again.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RetryPolicy {
    /// How often; -1 is never, 0 is once.
    #[schemars(range(min = -1), extend("default" = 1))]
    pub(crate) count: Option<i64>,
    /// How long each attempt may take.
    #[schemars(regex(pattern = DURATION_OR_INFINITY))]
    pub(crate) per_try_timeout: String,
    /// On what; `5xx` if not set.
    #[schemars(schema_with = "retry_on")]
    pub(crate) retry_on: Vec<String>,
    /// Statuses for `retriable-status-codes`.
    #[schemars(with = "Vec<i32>")]
    pub(crate) retriable_status_codes: Vec<i64>,
}

/// How endpoints are probed over HTTP.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpHealthCheckPolicy {
    /// Path of the request.
    pub(crate) path: String,
    /// Host of the request; `contour-envoy-healthcheck` if not set.
    #[serde(default)]
    pub(crate) host: String,
    /// From one probe to the next; 10 if not set.
    #[serde(default)]
    pub(crate) interval_seconds: i64,
    /// How long an answer may take; 2 if not set.
    #[serde(default)]
    pub(crate) timeout_seconds: i64,
    /// Failures after which an endpoint gets no requests; 3 if not set.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub(crate) unhealthy_threshold_count: i64,
    /// Successes after which it gets some again; 2 if not set.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub(crate) healthy_threshold_count: i64,
    /// Statuses that are a success; 200 if not set.
    #[serde(default)]
    pub(crate) expected_statuses: Vec<StatusRange>,
}

/// Statuses from `start` to before `end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct StatusRange {
    /// The first that belongs to it.
    #[schemars(range(min = 100, max = 599))]
    pub(crate) start: i64,
    /// The first that does not.
    #[schemars(range(min = 101, max = 600))]
    pub(crate) end: i64,
}

/// Which prefix becomes which other.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PathRewritePolicy {
    /// For each prefix at most once; one without a prefix is for all others.
    pub(crate) replace_prefix: Vec<ReplacePrefix>,
}

/// What a prefix becomes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct ReplacePrefix {
    /// Prefix of the conditions.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) prefix: String,
    /// What stands in its place.
    #[schemars(length(min = 1))]
    pub(crate) replacement: String,
}

/// A redirect. What is not set stays as it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RequestRedirectPolicy {
    /// Scheme to go to.
    #[schemars(extend("enum" = ["http", "https"]))]
    pub(crate) scheme: Option<String>,
    /// Host to go to.
    #[schemars(length(min = 1, max = 253), regex(pattern = DNS_NAME))]
    pub(crate) hostname: Option<String>,
    /// Port to go to.
    #[schemars(with = "i32", range(min = 1, max = 65535))]
    pub(crate) port: Option<i64>,
    /// Status of the answer.
    #[schemars(with = "i32", extend("enum" = REDIRECT_STATUSES, "default" = 302))]
    pub(crate) status_code: Option<i64>,
    /// Path to go to. Not together with `prefix`.
    #[schemars(regex(pattern = PATH))]
    pub(crate) path: Option<String>,
    /// What the matched prefix becomes.
    #[schemars(regex(pattern = PATH))]
    pub(crate) prefix: Option<String>,
}

/// A fixed answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DirectResponsePolicy {
    /// Its status.
    #[schemars(schema_with = "integer", range(min = 200, max = 599))]
    pub(crate) status_code: i64,
    /// Its body.
    #[serde(default)]
    pub(crate) body: String,
}

/// Redirects of the backend that are followed here.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct InternalRedirectPolicy {
    /// How many in a row; 1 if not set.
    #[schemars(with = "i32")]
    pub(crate) max_internal_redirects: Option<i64>,
    /// Which; 302 if not set.
    #[schemars(schema_with = "redirect_statuses")]
    pub(crate) redirect_response_codes: Vec<i64>,
    /// Whether to follow one to the other scheme; `SafeOnly` from `https` to `http`, not back.
    #[schemars(extend("enum" = ["Always", "Never", "SafeOnly"], "default" = "Never"))]
    pub(crate) allow_cross_scheme_redirect: String,
    /// Not twice to the same route.
    pub(crate) deny_repeated_route_redirect: bool,
}

/// Which token a route demands.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct JwtVerificationPolicy {
    /// Name of the provider.
    pub(crate) require: String,
    /// None, not even of the default provider.
    pub(crate) disabled: bool,
}

/// A backend: a Service of the same namespace.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service {
    /// Its name.
    pub(crate) name: String,
    /// One of its ports.
    #[schemars(schema_with = "service_port")]
    pub(crate) port: i64,
    /// Port of the endpoints that is probed; the same if not set.
    #[serde(default)]
    #[schemars(schema_with = "integer", range(min = 1, max = 65535))]
    pub(crate) health_port: Option<i64>,
    /// How it is spoken to: HTTP/1.1 if not set, `tls` (HTTP/1.1 in TLS), `h2` (HTTP/2 in TLS) or `h2c`.
    #[serde(default)]
    #[schemars(extend("enum" = ["h2", "h2c", "tls"]))]
    pub(crate) protocol: Option<String>,
    /// Its share. If no service has one, all shares are equal.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub(crate) weight: i64,
    /// How its certificate is verified; not at all if not set.
    #[serde(default)]
    pub(crate) validation: Option<UpstreamValidation>,
    /// It gets a copy of each request, and its answers are thrown away.
    #[serde(default)]
    pub(crate) mirror: bool,
    /// Headers on the way to it.
    #[serde(default)]
    pub(crate) request_headers_policy: Option<HeadersPolicy>,
    /// Headers on the way from it.
    #[serde(default)]
    pub(crate) response_headers_policy: Option<HeadersPolicy>,
    /// Cookies on the way from it.
    #[serde(default)]
    pub(crate) cookie_rewrite_policies: Vec<CookieRewritePolicy>,
    /// How an endpoint that is new comes to its full share.
    #[serde(default)]
    pub(crate) slow_start_policy: Option<SlowStartPolicy>,
}

/// How an endpoint that is new comes to its full share.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SlowStartPolicy {
    /// How long that takes.
    #[schemars(regex(pattern = DURATION))]
    pub(crate) window: String,
    /// How steep the way is; 1.0 is straight.
    #[serde(default)]
    #[schemars(regex(pattern = DECIMAL), extend("default" = "1.0"))]
    pub(crate) aggression: Option<String>,
    /// Percent of its share to begin with.
    #[serde(default)]
    #[schemars(with = "i32", range(min = 0, max = 100), extend("default" = 10))]
    pub(crate) min_weight_percent: Option<i64>,
}

/// What becomes of a cookie that the backend sets.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CookieRewritePolicy {
    /// Its name.
    #[schemars(length(min = 1, max = 4096), regex(pattern = COOKIE_NAME))]
    pub(crate) name: String,
    /// Its Path.
    #[serde(default)]
    pub(crate) path_rewrite: Option<CookiePath>,
    /// Its Domain.
    #[serde(default)]
    pub(crate) domain_rewrite: Option<CookieDomain>,
    /// Whether it is Secure.
    #[serde(default)]
    pub(crate) secure: Option<bool>,
    /// Its SameSite.
    #[serde(default)]
    #[schemars(extend("enum" = ["Strict", "Lax", "None"]))]
    pub(crate) same_site: Option<String>,
}

/// The Path of a cookie.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct CookiePath {
    /// What it becomes.
    #[schemars(length(min = 1, max = 4096), regex(pattern = COOKIE_PATH))]
    pub(crate) value: String,
}

/// The Domain of a cookie.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct CookieDomain {
    /// What it becomes.
    #[schemars(length(min = 1, max = 4096), regex(pattern = DNS_NAME))]
    pub(crate) value: String,
}

/// Where connections go that are not read as HTTP.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TcpProxy {
    /// Backends, shared by weight.
    pub(crate) services: Vec<Service>,
    /// The HTTPProxy whose `tcpproxy` says it.
    pub(crate) include: Option<TcpInclude>,
    /// The old name of `include`.
    pub(crate) includes: Option<TcpInclude>,
    /// How connections are spread over endpoints.
    pub(crate) load_balancer_policy: Option<LoadBalancerPolicy>,
    /// How endpoints are probed.
    pub(crate) health_check_policy: Option<TcpHealthCheckPolicy>,
}

/// An HTTPProxy whose `tcpproxy` counts.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct TcpInclude {
    /// Its name.
    pub(crate) name: String,
    /// Its namespace; the including proxy's own if not set.
    #[serde(default)]
    pub(crate) namespace: String,
}

/// How endpoints are probed by connecting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TcpHealthCheckPolicy {
    /// From one probe to the next; 10 if not set.
    pub(crate) interval_seconds: i64,
    /// How long a connection may take; 2 if not set.
    pub(crate) timeout_seconds: i64,
    /// Failures after which an endpoint gets no connections; 3 if not set.
    #[schemars(with = "i32")]
    pub(crate) unhealthy_threshold_count: i64,
    /// Successes after which it gets some again; 2 if not set.
    #[schemars(with = "i32")]
    pub(crate) healthy_threshold_count: i64,
}

impl Resource for HttpProxySpec {
    const NAMES: Names = Names {
        group: "projectcontour.io",
        version: "v1",
        kind: "HTTPProxy",
        plural: "httpproxies",
        aliases: &["proxy", "proxies"],
        columns: &[
            ("FQDN", ".spec.virtualhost.fqdn", "The host that it serves"),
            (
                "TLS Secret",
                ".spec.virtualhost.tls.secretName",
                "Secret with the certificate",
            ),
            ("Status", ".status.currentStatus", "Whether it is served"),
            ("Status Description", ".status.description", "What is wrong with it"),
        ],
        about: "A host with its routes, or routes that others include.",
        spec_is_required: true,
    };

    fn status() -> Schema {
        status::of_http_proxy()
    }
}

/// What Envoy can be told to retry.
fn retry_on(_: &mut SchemaGenerator) -> Schema {
    let conditions = [
        "5xx",
        "gateway-error",
        "reset",
        "reset-before-request",
        "connect-failure",
        "envoy-ratelimited",
        "retriable-4xx",
        "refused-stream",
        "retriable-status-codes",
        "retriable-headers",
        "http3-post-connect-failure",
        "cancelled",
        "deadline-exceeded",
        "internal",
        "resource-exhausted",
        "unavailable",
    ];
    json_schema!({"type": "array", "items": {"type": "string", "enum": conditions}})
}
