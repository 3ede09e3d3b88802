//! The block `rateLimitService`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{RateLimitService as Typed, read::reference, remark::At, text::Text};
use crate::{api::shared::GlobalRateLimitPolicy, proxy::rate_limit_descriptors};

/// A service that is asked how often something may happen.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct RateLimitService {
    /// The ExtensionService that speaks Envoy's rate-limit protocol, as `namespace/name`.
    extension_service: Text,
    /// The name under which it keeps our limits; must be set.
    domain: Text,
    /// Whether requests pass while it cannot be asked. Default: `false`.
    fail_open: bool,
    /// Whether clients get `X-RateLimit-*` headers. Default: `false`.
    #[serde(rename = "enableXRateLimitHeaders")]
    enable_x_rate_limit_headers: bool,
    /// Whether gRPC clients get `RESOURCE_EXHAUSTED` rather than `UNAVAILABLE`. Default: `false`.
    enable_resource_exhausted_code: bool,
    /// `rateLimitPolicy.global` of every HTTPProxy that does not opt out. Default: none.
    #[schemars(with = "Option<serde_json::Value>")]
    default_global_rate_limit_policy: Option<GlobalRateLimitPolicy>,
}

impl RateLimitService {
    pub(super) fn read(self, at: &mut At<'_>) -> Option<Typed> {
        let extension_service = at.required("extensionService", self.extension_service, |text: String| {
            reference(&text)
        });
        let domain = at.required("domain", self.domain, Ok);
        let policy = self.default_global_rate_limit_policy;
        at.read("defaultGlobalRateLimitPolicy", policy.as_ref(), rate_limit_descriptors);
        Some(Typed {
            extension_service: extension_service?,
            domain: domain?,
            fail_open: self.fail_open,
            enable_x_rate_limit_headers: self.enable_x_rate_limit_headers,
            enable_resource_exhausted_code: self.enable_resource_exhausted_code,
            default_global_rate_limit_policy: policy,
        })
    }
}
