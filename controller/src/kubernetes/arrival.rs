//! One object as it comes from the API server, reduced at once: what is translated, and what its status is held against.

use isoline_translator::{
    Kind, NamespacedName, Object, ObjectRef,
    manifest::{self, Rejection},
};
use kube::core::{DynamicObject, ResourceExt as _};
use serde_json::{Value, json};

/// An object of the API server.
#[derive(Debug)]
pub struct Arrival {
    /// What it is called.
    pub reference: ObjectRef,
    /// What of it is translated; or why that cannot be.
    pub object: Result<Option<Object>, Box<Rejection>>,
    /// What is known of it beside that, for the kinds with a status.
    pub facts: Option<Facts>,
}

/// What the status of an object is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Another object of the same name has another one.
    pub uid: String,
    /// How often its spec was changed.
    pub generation: i64,
    /// As it is stored.
    pub status: Value,
    /// The annotations and the part of the spec that ask for a certificate.
    pub certificate: Value,
}

impl Arrival {
    /// Reduces what came of a kind.
    pub fn new(kind: Kind, mut object: DynamicObject) -> Self {
        let name = NamespacedName::new(object.namespace().unwrap_or_default(), object.name_any());
        object.metadata.managed_fields = None;
        let facts = has_status(kind).then(|| Facts::of(&mut object));
        Self {
            reference: ObjectRef { kind, name },
            object: manifest::stored(whole(kind, object)),
            facts,
        }
    }
}

/// Whether something is written to the status of objects of a kind.
pub fn has_status(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::HttpProxy | Kind::ExtensionService | Kind::RoutePolicy | Kind::Ingress
    )
}

impl Facts {
    fn of(object: &mut DynamicObject) -> Self {
        let status = object.data.as_object_mut().and_then(|fields| fields.remove("status"));
        let host = &object.data["spec"]["virtualhost"];
        let issuers = object.annotations().iter();
        let issuers = issuers.filter(|(key, _)| key.starts_with("cert-manager.io/"));
        let issuers: serde_json::Map<_, _> = issuers.map(|(key, value)| (key.clone(), json!(value))).collect();
        let certificate = if issuers.is_empty() {
            Value::Null
        } else {
            json!({"annotations": issuers, "fqdn": host["fqdn"], "secretName": host["tls"]["secretName"]})
        };
        Self {
            uid: object.uid().unwrap_or_default(),
            generation: object.metadata.generation.unwrap_or_default(),
            status: status.unwrap_or_default(),
            certificate,
        }
    }
}

/// The object as it would stand alone: in a list, kind and version are left out.
fn whole(kind: Kind, object: DynamicObject) -> Value {
    let mut whole = object.data;
    whole["apiVersion"] = kind.api_version().into();
    whole["kind"] = kind.as_str().into();
    whole["metadata"] = json!(object.metadata);
    whole
}
