//! RoutePolicy, `isoline.dev/v1alpha1`: what HTTPProxy has no words for.

use isoline_policy::{Insecure, RedirectStatus};
use serde::Deserialize;

use super::{FieldProblem, Schema};

/// Which proxies it is about, and what their routes do.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoutePolicySpec {
    pub(crate) target_refs: Vec<TargetRef>,
    /// What happens to a request that did not come over TLS.
    pub(crate) insecure: InsecureSpec,
}

/// An object of the policy's own namespace.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct TargetRef {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// `action` and, for a redirect, its status code.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InsecureSpec {
    pub(crate) action: InsecureAction,
    #[serde(default)]
    pub(crate) status_code: Option<RedirectStatus>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
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

impl Schema for RoutePolicySpec {
    fn problems(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        if self.target_refs.is_empty() {
            problems.push(FieldProblem::new(
                "spec.targetRefs",
                "Invalid value: should have at least 1 items",
            ));
        }
        for (i, target) in self.target_refs.iter().enumerate() {
            if (target.group.as_str(), target.kind.as_str()) != ("projectcontour.io", "HTTPProxy") {
                let message = format!(
                    "Unsupported value: \"{}/{}\": supported values: \"projectcontour.io/HTTPProxy\"",
                    target.group, target.kind
                );
                problems.push(FieldProblem::new(format!("spec.targetRefs[{i}]"), message));
            }
        }
        if self.insecure.action != InsecureAction::Redirect && self.insecure.status_code.is_some() {
            let message = "Forbidden: only the action Redirect has a status code";
            problems.push(FieldProblem::new("spec.insecure.statusCode", message));
        }
        problems
    }
}
