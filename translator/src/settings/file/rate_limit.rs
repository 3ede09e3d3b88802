//! The block `rateLimitService`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{RateLimitService as Typed, read::reference, remark::At, text::Text};
use crate::api::shared::{GlobalRateLimitPolicy, RateLimitDescriptorEntry};

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
        if let Some(policy) = &self.default_global_rate_limit_policy {
            check(policy, &mut at.block("defaultGlobalRateLimitPolicy"));
        }
        Some(Typed {
            extension_service: extension_service?,
            domain: domain?,
            fail_open: self.fail_open,
            enable_x_rate_limit_headers: self.enable_x_rate_limit_headers,
            enable_resource_exhausted_code: self.enable_resource_exhausted_code,
            default_global_rate_limit_policy: self.default_global_rate_limit_policy,
        })
    }
}

fn check(policy: &GlobalRateLimitPolicy, at: &mut At<'_>) {
    for (index, descriptor) in policy.descriptors.iter().enumerate() {
        for (entry_index, entry) in descriptor.entries.iter().enumerate() {
            if kinds(entry) != 1 {
                let key = format!("descriptors[{index}].entries[{entry_index}]");
                at.problem(&key, "rate limit descriptor entry must have exactly one field set");
            }
        }
    }
}

fn kinds(entry: &RateLimitDescriptorEntry) -> usize {
    let kinds = [
        entry.generic_key.is_some(),
        entry.request_header.is_some(),
        entry.request_header_value_match.is_some(),
        entry.remote_address.is_some(),
    ];
    kinds.into_iter().filter(|kind| *kind).count()
}
