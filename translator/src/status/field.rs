//! Which field a finding is about, as far as its part and reason say more than where it was found.

use super::Part;

/// The path of the field.
pub(super) fn of(focus: &str, part: Part, reason: &str) -> String {
    let inner = within(focus, reason);
    match focus {
        "" => whole(part, reason).to_owned(),
        focus if inner.is_empty() => focus.to_owned(),
        focus => format!("{focus}.{inner}"),
    }
}

/// Of the whole object.
fn whole(part: Part, reason: &str) -> &'static str {
    match (part, reason) {
        (Part::Orphaned, _) => "",
        (Part::RootNamespace, _) => "metadata.namespace",
        (Part::VirtualHost, "RateLimitPolicyNotValid") => "spec.virtualhost.rateLimitPolicy",
        (Part::VirtualHost, "RedirectLoop") => "spec.virtualhost.tls",
        (Part::VirtualHost, _) => "spec.virtualhost.fqdn",
        (Part::Auth, _) => "spec.virtualhost.authorization",
        (Part::Cors, _) => "spec.virtualhost.corsPolicy",
        (Part::IpFilter, _) => "spec.virtualhost.ipAllowPolicy",
        (Part::Jwt, _) => "spec.virtualhost.jwtProviders",
        (Part::Tls, "ClientValidationInvalid") => "spec.virtualhost.tls.clientValidation",
        (Part::Tls, _) => "spec.virtualhost.tls",
        (Part::Include, _) => "spec.includes",
        (Part::Route | Part::PrefixReplace, _) => "spec.routes",
        (Part::Service, _) => "spec.services",
        (Part::TcpProxy | Part::TcpProxyInclude, _) => "spec.tcpproxy",
        (Part::Spec, _) => "spec",
    }
}

/// Of a route, an include or a Service of it.
fn within(focus: &str, reason: &str) -> &'static str {
    match reason {
        "PathMatchConditionsNotValid" if focus.contains(".http.paths") => "path",
        "ServiceUnresolvedReference" if focus.contains(".http.paths") => "backend",
        "PathMatchConditionsNotValid"
        | "HeaderMatchConditionsNotValid"
        | "QueryParameterMatchConditionsNotValid"
        | "DuplicateMatchConditions" => "conditions",
        "RequestHeadersPolicyInvalid" => "requestHeadersPolicy",
        "ResponseHeaderPolicyInvalid" | "ResponseHeadersPolicyInvalid" => "responseHeadersPolicy",
        "CookieRewritePoliciesInvalid" => "cookieRewritePolicies",
        "TimeoutPolicyNotValid" => "timeoutPolicy",
        "RetryPolicyNotValid" => "retryPolicy",
        "RateLimitPolicyNotValid" => "rateLimitPolicy",
        "HealthCheckPolicyInvalid" => "healthCheckPolicy",
        "RequestRedirectPolicy" => "requestRedirectPolicy",
        "InternalRedirectPolicyNotValid" => "internalRedirectPolicy",
        "DirectResponsePolicyNotValid" => "directResponsePolicy",
        "IgnoredField" => "loadBalancerPolicy",
        "InvalidJWTVerificationPolicy" | "JWTProviderNotDefined" => "jwtVerificationPolicy",
        "InvalidCIDR" | "IncompatibleIPAddressFilters" => "ipAllowPolicy",
        "ServiceUnresolvedReference" | "IncludeNotFound" | "RootIncludesRoot" | "IncludeLimitExceeded" => "name",
        "ServicePortInvalid" => "port",
        "UnsupportedProtocol" => "protocol",
        "SlowStartInvalid" => "slowStartPolicy",
        reason if reason.contains("Rewrite") || reason.contains("ReplacePrefix") => "pathRewritePolicy",
        _ => "",
    }
}
