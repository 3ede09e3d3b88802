//! RoutePolicy, `isoline.dev/v1alpha1`: what HTTPProxy has no words for.

use isoline_policy::{Insecure, RedirectStatus};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Names, Resource, rules, schema::REDIRECT_STATUSES};

/// Which proxies it is about, and what their routes do.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoutePolicySpec {
    /// The proxies that it is about.
    #[schemars(length(min = 1))]
    pub(crate) target_refs: Vec<TargetRef>,
    /// What happens to a request that did not come over TLS.
    pub(crate) insecure: InsecureSpec,
}

/// An object of the policy's own namespace.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct TargetRef {
    /// Its group.
    #[schemars(extend("enum" = ["projectcontour.io"]))]
    pub(crate) group: String,
    /// Its kind.
    #[schemars(extend("enum" = ["HTTPProxy"]))]
    pub(crate) kind: String,
    /// Its name.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
}

/// `action` and, for a redirect, its status code.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [rules::STATUS_OF_REDIRECT]))]
pub(crate) struct InsecureSpec {
    /// `Redirect` to `https`, `Deny` with 403, or `Allow`.
    pub(crate) action: InsecureAction,
    /// Status of the redirect; 301 if not set.
    #[serde(default)]
    #[schemars(with = "i32", extend("enum" = REDIRECT_STATUSES))]
    pub(crate) status_code: Option<RedirectStatus>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum InsecureAction {
    Redirect,
    Deny,
    Allow,
}

impl RoutePolicySpec {
    /// The decision in the policy's own words.
    pub(crate) fn insecure(&self) -> Insecure {
        match self.insecure.action {
            InsecureAction::Allow => Insecure::Allow,
            InsecureAction::Deny => Insecure::Deny,
            InsecureAction::Redirect => Insecure::Redirect {
                status_code: self.insecure.status_code.unwrap_or_default(),
            },
        }
    }
}

impl Resource for RoutePolicySpec {
    const NAMES: Names = Names {
        group: "isoline.dev",
        version: "v1alpha1",
        kind: "RoutePolicy",
        plural: "routepolicies",
        aliases: &[],
        columns: &[(
            "Insecure",
            ".spec.insecure.action",
            "What happens to a request without TLS",
        )],
        about: "What the routes of some HTTPProxies do behind a load balancer.",
        spec_is_required: true,
    };
}
