//! What comes out: differences, and what they add up to.

use std::{collections::BTreeMap, fmt};

use crate::{
    front::Front,
    object::{NamespacedName, ObjectRef},
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
    /// All that the settings name in vain as it is now, also what was so before.
    pub unmet: Vec<UnmetSetting>,
    /// The Secrets that are looked up now and were not before, or the other way round, there or not.
    pub secrets_in_use: BTreeMap<NamespacedName, bool>,
    /// What stands in front of Envoy, if there is something else to say on it.
    pub front: Option<Front>,
}

/// An object that the operator's settings name and that is not there, or cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetSetting {
    /// The key in the configuration file.
    pub setting: &'static str,
    /// What it names.
    pub object: ObjectRef,
    /// Whether there is such an object; its status then says what is wrong with it.
    pub exists: bool,
}

impl fmt::Display for UnmetSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = if self.exists { "cannot be used" } else { "not found" };
        write!(f, "{}: {} {problem}", self.setting, self.object)
    }
}

/// Everything that objects come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Translation {
    /// The Envoy configuration.
    pub resources: BTreeMap<ResourceKey, Resource>,
    /// What the objects' authors are told.
    pub statuses: BTreeMap<ObjectRef, Status>,
    /// What the operator's settings name in vain.
    pub unmet: Vec<UnmetSetting>,
    /// What stands in front of Envoy.
    pub front: Front,
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
        self.unmet = delta.unmet;
        if let Some(front) = delta.front {
            self.front = front;
        }
        for StatusChange { object, status } in delta.statuses {
            match status {
                Some(status) => self.statuses.insert(object, status),
                None => self.statuses.remove(&object),
            };
        }
    }
}
