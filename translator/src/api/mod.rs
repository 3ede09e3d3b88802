//! The schemas of the objects that are Contour's or our own, as users write them.
//!
//! A field that is missing here is unknown: the object is refused, as an API server would refuse it, since ignoring a
//! word of its author could leave out a protection.

pub(crate) mod delegation;
pub(crate) mod extensionservice;
pub(crate) mod httpproxy;
pub(crate) mod routepolicy;
pub(crate) mod shared;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

/// One object of a custom resource.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomResource<S> {
    #[serde(rename = "apiVersion")]
    _api_version: String,
    #[serde(rename = "kind")]
    _kind: String,
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: S,
    /// Written by controllers, never read.
    #[serde(default, rename = "status")]
    _status: Option<serde_json::Value>,
}

/// Rules of a schema that types cannot say. Each problem names its field, from `spec` on.
pub(crate) trait Schema {
    fn problems(&self) -> Vec<FieldProblem>;
}

/// One value that the schema refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldProblem {
    pub(crate) path: String,
    pub(crate) message: String,
}

impl FieldProblem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }

    pub(crate) fn empty(path: impl Into<String>) -> Self {
        Self::new(path, "Invalid value: \"\": should be at least 1 chars long")
    }
}
