//! What `check` and `translate` print, and what the playground shows: the same JSON everywhere.

use std::collections::BTreeMap;

use isoline_envoy_api::any_to_json;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    manifest::{Problem, Rejection},
    object::ObjectRef,
    resource::{Resource, ResourceKey, ResourceType},
    status::Status,
    translation::Translation,
};

/// The statuses of all objects, and the objects that were refused.
#[derive(Debug, Serialize)]
pub struct StatusReport {
    /// By kind, namespace and name.
    pub objects: Vec<ObjectStatus>,
    /// In the order of the input.
    pub rejected: Vec<RejectedObject>,
}

/// One object with its status.
#[derive(Debug, Serialize)]
pub struct ObjectStatus {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What its author is told.
    #[serde(flatten)]
    pub status: Status,
}

/// One object that an API server would refuse.
#[derive(Debug, Serialize)]
pub struct RejectedObject {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Everything that is wrong with it.
    pub message: String,
    /// The same, one by one, with lines and columns of the input.
    pub problems: Vec<Problem>,
}

impl StatusReport {
    /// Puts statuses and refusals together.
    pub fn new<'a>(statuses: &BTreeMap<ObjectRef, Status>, rejected: impl IntoIterator<Item = &'a Rejection>) -> Self {
        let objects = statuses.iter().map(|(object, status)| ObjectStatus {
            kind: object.kind.as_str(),
            namespace: object.name.namespace.clone(),
            name: object.name.name.clone(),
            status: status.clone(),
        });
        let rejected = rejected.into_iter().map(|rejection| RejectedObject {
            kind: rejection.kind.clone(),
            namespace: rejection.namespace.clone(),
            name: rejection.name.clone(),
            message: rejection.message(),
            problems: rejection.problems.clone(),
        });
        Self {
            objects: objects.collect(),
            rejected: rejected.collect(),
        }
    }

    /// Whether every object is valid and none was refused.
    pub fn is_all_valid(&self) -> bool {
        self.rejected.is_empty() && self.objects.iter().all(|object| object.status.is_valid())
    }
}

/// The Envoy configuration in Envoy's own JSON form. Of secrets only the names are shown. Route configurations stand
/// inside their scopes; `routes` is there for those that would not.
pub fn envoy_json(translation: &Translation) -> Value {
    let of_kind = |kind| translation.resources.iter().filter(move |(key, _)| key.kind == kind);
    let shown = |kind| of_kind(kind).map(show).collect::<Vec<_>>();
    let mut scopes = shown(ResourceType::Scope);
    scopes.sort_by_key(scope_key);
    let mut extensions = shown(ResourceType::Extension);
    extensions.iter_mut().for_each(hide_keys);
    json!({
        "listeners": shown(ResourceType::Listener),
        "scopes": scopes,
        "routes": [],
        "clusters": shown(ResourceType::Cluster),
        "endpoints": shown(ResourceType::Endpoints),
        "runtime": shown(ResourceType::Runtime),
        "extensions": extensions,
        "secrets": of_kind(ResourceType::Secret).map(|(key, _)| key.name.as_str()).collect::<Vec<_>>(),
    })
}

/// Keys of tokens come from Secrets, and may be what signs tokens as well.
fn hide_keys(extension: &mut Value) {
    let providers = extension
        .pointer_mut("/typed_config/providers")
        .and_then(Value::as_object_mut);
    for (_, provider) in providers.into_iter().flatten() {
        if let Some(keys) = provider.get_mut("local_jwks") {
            *keys = json!({});
        }
    }
}

fn show((_, resource): (&ResourceKey, &Resource)) -> Value {
    any_to_json(&resource.body).expect("every resource is a message of the Envoy API crate")
}

/// Sorted by what a person looks for; the name is only a short id.
fn scope_key(scope: &Value) -> String {
    scope["key"]["fragments"][0]["string_key"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
