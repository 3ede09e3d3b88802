//! The block `globalExtAuth`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{
    read::{bounded, reference, timeout, word},
    remark::At,
    text::Text,
};
use crate::{
    api::shared::{
        AllowedHeader as ApiHeader, AuthorizationPolicy, AuthorizationServer, AuthorizationServerBufferSettings,
        ExtensionServiceReference, HttpAuthorizationServerSettings,
    },
    proxy::headers,
};

/// A service that is asked whether a request may pass, on every host that does not name its own. Keys may also be
/// written all in lower case.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct GlobalExtAuth {
    /// The ExtensionService that is asked, as `namespace/name`.
    #[serde(alias = "extensionservice")]
    extension_service: Text,
    /// `grpc` or `http`. Default: `grpc`.
    #[serde(alias = "servicetype")]
    service_type: Text,
    /// How it is asked over HTTP; only with `serviceType: http`.
    #[serde(alias = "httpsettings")]
    http_settings: Option<HttpSettings>,
    /// Whether requests pass while it cannot be asked. Default: `false`.
    #[serde(alias = "failopen")]
    fail_open: bool,
    /// How long it may take: a duration, or `infinity`. Default: the ExtensionService's.
    #[serde(alias = "responsetimeout")]
    response_timeout: Text,
    /// What holds where an HTTPProxy does not say otherwise.
    #[serde(alias = "authpolicy")]
    auth_policy: Option<AuthPolicy>,
    /// What it is sent of a request's body. Default: nothing.
    #[serde(alias = "withrequestbody")]
    with_request_body: Option<WithRequestBody>,
}

/// How a service is asked over HTTP.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct HttpSettings {
    /// Put before the path of a request. Default: none.
    #[serde(alias = "pathprefix")]
    path_prefix: Text,
    /// Which headers of a request it is sent. Default: `[]`.
    #[serde(alias = "allowedauthorizationheaders")]
    allowed_authorization_headers: Vec<AllowedHeader>,
    /// Which headers of its answer the backend is sent. Default: `[]`.
    #[serde(alias = "allowedupstreamheaders")]
    allowed_upstream_headers: Vec<AllowedHeader>,
}

/// Headers, by exactly one of `exact`, `prefix`, `suffix` and `contains`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct AllowedHeader {
    /// The whole name.
    exact: Text,
    /// How names start.
    prefix: Text,
    /// How names end.
    suffix: Text,
    /// What names hold.
    contains: Text,
    /// Whether case does not count. Default: `false`.
    #[serde(alias = "ignorecase")]
    ignore_case: bool,
}

/// What holds where an HTTPProxy does not say otherwise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct AuthPolicy {
    /// Whether nothing is asked. Default: `false`.
    disabled: bool,
    /// What the service is told beside the request; only over gRPC. Default: `{}`.
    context: BTreeMap<String, Text>,
}

/// What is sent of a body.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct WithRequestBody {
    /// Bytes at most, at least 1. Default: `1024`.
    #[serde(alias = "maxrequestbytes")]
    max_request_bytes: Option<u32>,
    /// Whether a longer body is sent cut; else it is refused. Default: `false`.
    #[serde(alias = "allowpartialmessage")]
    allow_partial_message: bool,
    /// Whether it is sent as bytes rather than text. Default: `false`.
    #[serde(alias = "packasbytes")]
    pack_as_bytes: bool,
}

impl GlobalExtAuth {
    pub(super) fn read(self, at: &mut At<'_>) -> Option<AuthorizationServer> {
        let extension = at.required("extensionService", self.extension_service, |text: String| {
            reference(&text)
        });
        let words = [("grpc", "grpc"), ("http", "http")];
        let service_type = at.read("serviceType", self.service_type, |text: String| {
            word(&text, &words, "invalid service type")
        });
        if self.http_settings.is_some() && service_type != Some("http") {
            at.problem(
                "httpSettings",
                "httpSettings can only be set when serviceType is 'http'",
            );
        }
        let has_context = self
            .auth_policy
            .as_ref()
            .is_some_and(|policy| !policy.context.is_empty());
        if has_context && service_type == Some("http") {
            at.problem("authPolicy.context", "context is only applied to grpc service type");
        }
        let http_settings = self.http_settings.map(|http| http.read(&mut at.block("httpSettings")));
        at.read(
            "responseTimeout",
            self.response_timeout.clone(),
            timeout("response timeout"),
        );
        let body = self
            .with_request_body
            .map(|body| body.read(&mut at.block("withRequestBody")));
        let extension = extension?;
        Some(AuthorizationServer {
            extension_ref: ExtensionServiceReference {
                api_version: "projectcontour.io/v1alpha1".to_owned(),
                namespace: extension.namespace,
                name: extension.name,
            },
            service_type: Some(service_type.unwrap_or("grpc").to_owned()),
            http_settings,
            auth_policy: self.auth_policy.map(AuthPolicy::read),
            response_timeout: self.response_timeout.0.unwrap_or_default(),
            fail_open: self.fail_open,
            with_request_body: body,
        })
    }
}

impl HttpSettings {
    fn read(self, at: &mut At<'_>) -> HttpAuthorizationServerSettings {
        let prefix = at.read("pathPrefix", self.path_prefix, path_prefix);
        let sent = self.allowed_authorization_headers;
        let passed = self.allowed_upstream_headers;
        HttpAuthorizationServerSettings {
            path_prefix: prefix.unwrap_or_default(),
            allowed_authorization_headers: AllowedHeader::read_all("allowedAuthorizationHeaders", sent, at),
            allowed_upstream_headers: AllowedHeader::read_all("allowedUpstreamHeaders", passed, at),
        }
    }
}

fn path_prefix(prefix: String) -> Result<String, String> {
    if !prefix.starts_with('/') {
        return Err(format!("it must start with /, {prefix:?} was supplied"));
    }
    headers::check_value(&prefix)?;
    Ok(prefix)
}

impl AllowedHeader {
    fn read_all(key: &str, headers: Vec<Self>, at: &mut At<'_>) -> Vec<ApiHeader> {
        let read = |(index, header)| at.read(&format!("{key}[{index}]"), header, Self::read);
        headers.into_iter().enumerate().filter_map(read).collect()
    }

    fn read(self) -> Result<ApiHeader, String> {
        let ways = [&self.exact, &self.prefix, &self.suffix, &self.contains];
        match ways.into_iter().filter(|way| way.0.is_some()).count() {
            0 => Err("one of prefix, suffix, exact or contains is required for each allowedHeader".to_owned()),
            1 => Ok(ApiHeader {
                exact: self.exact.0.unwrap_or_default(),
                prefix: self.prefix.0.unwrap_or_default(),
                suffix: self.suffix.0.unwrap_or_default(),
                contains: self.contains.0.unwrap_or_default(),
                ignore_case: self.ignore_case,
            }),
            _ => Err("only one of prefix, suffix, exact, and contains should be set in the allowedHeader".to_owned()),
        }
    }
}

impl AuthPolicy {
    fn read(self) -> AuthorizationPolicy {
        let context = self.context.into_iter();
        AuthorizationPolicy {
            disabled: Some(self.disabled),
            context: context.map(|(key, value)| (key, value.0.unwrap_or_default())).collect(),
        }
    }
}

impl WithRequestBody {
    fn read(self, at: &mut At<'_>) -> AuthorizationServerBufferSettings {
        let bytes = at.read("maxRequestBytes", self.max_request_bytes, bounded(1..=u32::MAX));
        AuthorizationServerBufferSettings {
            max_request_bytes: Some(bytes.map_or(1024, i64::from)),
            allow_partial_message: self.allow_partial_message,
            pack_as_bytes: self.pack_as_bytes,
        }
    }
}
