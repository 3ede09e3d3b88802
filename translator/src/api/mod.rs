//! The objects that are Contour's or our own, as users write them.
//!
//! The types are the schema too: what is derived from them is what an API server checks, and what is checked here. A
//! field that is missing here is unknown: the object is refused, since ignoring a word of its author could leave out a
//! protection.

pub(crate) mod contourconfiguration;
pub(crate) mod delegation;
pub(crate) mod extensionservice;
pub(crate) mod httpproxy;
pub(crate) mod routepolicy;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod shared;
mod status;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, de::DeserializeOwned};

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

/// What the spec of a custom resource says of the whole.
pub(crate) trait Resource: DeserializeOwned + JsonSchema {
    /// How it is called.
    const NAMES: Names;

    /// The schema of its status.
    fn status() -> Schema {
        status::of_conditions()
    }
}

/// How a custom resource is called, and what a list of such objects shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) aliases: &'static [&'static str],
    /// Title, path and meaning of each column beside name and age.
    pub(crate) columns: &'static [(&'static str, &'static str, &'static str)],
    /// The whole in a sentence.
    pub(crate) about: &'static str,
    pub(crate) spec_is_required: bool,
}

impl Names {
    /// As objects write it.
    pub(crate) fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }
}
