//! Objects and resources by name, as the page says them.

use isoline_translator::{Kind, NamespacedName, ObjectRef, ResourceKey, ResourceType};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ObjectName {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResourceName {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// A part of a resource: a JSON pointer into it, empty for all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PieceName {
    #[serde(flatten)]
    pub(crate) resource: ResourceName,
    pub(crate) pointer: String,
}

impl From<&ObjectRef> for ObjectName {
    fn from(object: &ObjectRef) -> Self {
        Self {
            kind: object.kind.as_str().to_owned(),
            namespace: object.name.namespace.clone(),
            name: object.name.name.clone(),
        }
    }
}

impl ObjectName {
    pub(crate) fn object(&self) -> Option<ObjectRef> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == self.kind)?;
        Some(ObjectRef {
            kind,
            name: NamespacedName::new(&self.namespace, &self.name),
        })
    }
}

impl From<&ResourceKey> for ResourceName {
    fn from(key: &ResourceKey) -> Self {
        Self {
            kind: word(key.kind).to_owned(),
            name: key.name.clone(),
        }
    }
}

impl ResourceName {
    pub(crate) fn key(&self) -> Option<ResourceKey> {
        let kind = ResourceType::ALL.into_iter().find(|kind| word(*kind) == self.kind)?;
        Some(ResourceKey {
            kind,
            name: self.name.clone(),
        })
    }
}

fn word(kind: ResourceType) -> &'static str {
    match kind {
        ResourceType::Cluster => "cluster",
        ResourceType::Endpoints => "endpoints",
        ResourceType::Secret => "secret",
        ResourceType::Extension => "extension",
        ResourceType::Runtime => "runtime",
        ResourceType::Listener => "listener",
        ResourceType::Scope => "scope",
    }
}
