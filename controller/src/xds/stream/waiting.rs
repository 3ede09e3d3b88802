//! Which listeners and scopes wait, and for what: an index, so that an acknowledgement wakes only those it concerns.

use std::collections::{BTreeMap, BTreeSet};

use isoline_translator::{ResourceKey, ResourceType};

/// Every waiter waits for one thing at a time; when that comes it is looked at anew.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    waiters: BTreeMap<ResourceKey, BTreeSet<ResourceKey>>,
    waits_for: BTreeMap<ResourceKey, ResourceKey>,
}

impl Waiting {
    /// Lets `waiter` wait for `cause`, and for nothing else any more.
    pub(super) fn wait(&mut self, waiter: ResourceKey, cause: ResourceKey) {
        self.forget(&waiter);
        self.waiters.entry(cause.clone()).or_default().insert(waiter.clone());
        self.waits_for.insert(waiter, cause);
    }

    /// Takes out everything that waits for `cause`.
    pub(super) fn wake(&mut self, cause: &ResourceKey) -> BTreeSet<ResourceKey> {
        let waiters = self.waiters.remove(cause).unwrap_or_default();
        for waiter in &waiters {
            self.waits_for.remove(waiter);
        }
        waiters
    }

    /// Lets `waiter` wait no longer.
    pub(super) fn forget(&mut self, waiter: &ResourceKey) {
        let Some(cause) = self.waits_for.remove(waiter) else {
            return;
        };
        let Some(waiters) = self.waiters.get_mut(&cause) else {
            return;
        };
        waiters.remove(waiter);
        if waiters.is_empty() {
            self.waiters.remove(&cause);
        }
    }

    /// Whether any resource of that type waits.
    pub(super) fn any(&self, kind: ResourceType) -> bool {
        let first = ResourceKey {
            kind,
            name: String::new(),
        };
        self.waits_for
            .range(first..)
            .next()
            .is_some_and(|(waiter, _)| waiter.kind == kind)
    }
}
