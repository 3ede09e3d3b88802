//! What an object is called, and what else it says of itself.

use serde_json::{Map, Value};

use super::note::Notes;
use crate::{manifest::Node, object::NamespacedName};

/// An annotation that says which controller an object is for: its name in both APIs.
const CLASS: (&str, &str) = ("contour.heptio.com/ingress.class", "projectcontour.io/ingress.class");

/// The old object as its author last applied it; `kubectl` writes it anew.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What an author writes.
const KEPT: [&str; 5] = ["name", "namespace", "labels", "annotations", "ownerReferences"];

/// What an API server writes.
const WRITTEN_BY_SERVER: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

pub(super) fn name(node: &Node) -> NamespacedName {
    let metadata = node.get("metadata");
    let text = |key| metadata.and_then(|metadata| metadata.text(key)).unwrap_or_default();
    let namespace = Some(text("namespace")).filter(|namespace| !namespace.is_empty());
    NamespacedName::new(namespace.unwrap_or("default"), text("name"))
}

pub(super) fn convert(node: &Node, notes: &mut Notes) -> Value {
    let Some(Value::Object(mut metadata)) = node.get("metadata").map(Node::to_json) else {
        return Value::Null;
    };
    metadata.retain(|key, _| {
        let kept = KEPT.contains(&key.as_str());
        if !kept && !WRITTEN_BY_SERVER.contains(&key.as_str()) {
            let reason = "belongs to the old object alone";
            notes.add(format!("metadata.{key}"), reason, "it is left out");
        }
        kept
    });
    if let Some(Value::Object(annotations)) = metadata.remove("annotations") {
        let annotations = annotations.into_iter().filter(|(key, _)| key != LAST_APPLIED);
        let renamed = annotations.map(|(key, value)| (if key == CLASS.0 { CLASS.1.to_owned() } else { key }, value));
        let annotations: Map<_, _> = renamed.collect();
        if !annotations.is_empty() {
            metadata.insert("annotations".to_owned(), annotations.into());
        }
    }
    metadata.into()
}
