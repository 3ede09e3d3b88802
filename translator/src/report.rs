//! What `check` and `translate` print, and what the playground shows: the same JSON everywhere.

use std::collections::BTreeMap;

use isoline_envoy_api::{
    any_to_json,
    envoy::config::route::v3::scoped_route_configuration::{Key, key::fragment},
};
use prost::Message as _;
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
    let shown = |kind| {
        of_kind(kind)
            .map(|(key, it)| resource_json(key, it))
            .collect::<Vec<_>>()
    };
    let mut scopes = shown(ResourceType::Scope);
    scopes.sort_by_key(|scope| scope_key(scope).to_owned());
    json!({
        "listeners": shown(ResourceType::Listener),
        "scopes": scopes,
        "routes": [],
        "clusters": shown(ResourceType::Cluster),
        "endpoints": shown(ResourceType::Endpoints),
        "runtime": shown(ResourceType::Runtime),
        "extensions": shown(ResourceType::Extension),
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

/// One resource in Envoy's own JSON form; of a secret there is only the name.
pub fn resource_json(key: &ResourceKey, resource: &Resource) -> Value {
    if key.kind == ResourceType::Secret {
        return json!({"name": key.name});
    }
    let mut shown = any_to_json(&resource.body).expect("every resource is a message of the Envoy API crate");
    if key.kind == ResourceType::Extension {
        hide_keys(&mut shown);
    }
    shown
}

/// What a person looks for; the name of a scope is only a short id.
pub fn resource_title(key: &ResourceKey, resource: &Resource) -> String {
    match key.kind {
        ResourceType::Scope => key_of_scope(resource).unwrap_or_else(|| key.name.clone()),
        _ => key.name.clone(),
    }
}

/// A `ScopedRouteConfiguration` without all that can be large in it.
#[derive(Clone, PartialEq, prost::Message)]
struct ScopeKey {
    #[prost(message, optional, tag = "3")]
    key: Option<Key>,
}

fn key_of_scope(resource: &Resource) -> Option<String> {
    let scope = ScopeKey::decode(resource.body.value.as_slice()).ok()?;
    let fragment = scope.key?.fragments.into_iter().next()?;
    let Some(fragment::Type::StringKey(key)) = fragment.r#type else {
        return None;
    };
    Some(key)
}

fn scope_key(scope: &Value) -> &str {
    scope["key"]["fragments"][0]["string_key"].as_str().unwrap_or_default()
}
