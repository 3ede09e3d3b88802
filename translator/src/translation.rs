//! What comes out: differences, and what they add up to.

use std::collections::BTreeMap;

use crate::{
    object::ObjectRef,
    resource::{Resource, ResourceChange, ResourceKey},
    status::{Status, StatusChange},
};

/// What differs after a batch of changes.
#[derive(Debug, Default, PartialEq)]
pub struct Delta {
    /// By type in make-before-break order, then by name.
    pub resources: Vec<ResourceChange>,
    /// By object.
    pub statuses: Vec<StatusChange>,
}

/// Everything that objects come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Translation {
    /// The Envoy configuration.
    pub resources: BTreeMap<ResourceKey, Resource>,
    /// What the objects' authors are told.
    pub statuses: BTreeMap<ObjectRef, Status>,
}

impl Translation {
    /// Adds a delta to what is there.
    pub fn absorb(&mut self, delta: Delta) {
        for ResourceChange { key, resource } in delta.resources {
            match resource {
                Some(resource) => self.resources.insert(key, resource),
                None => self.resources.remove(&key),
            };
        }
        for StatusChange { object, status } in delta.statuses {
            match status {
                Some(status) => self.statuses.insert(object, status),
                None => self.statuses.remove(&object),
            };
        }
    }
}
