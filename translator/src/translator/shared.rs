//! Things that several units use and that exist as long as one does.

use std::collections::BTreeMap;

/// Counts users of things.
#[derive(Debug)]
pub(super) struct Shared<T> {
    uses: BTreeMap<T, Use>,
}

#[derive(Debug, Default)]
struct Use {
    users: usize,
    /// Whether it was there when it was last settled.
    settled: bool,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { uses: BTreeMap::new() }
    }
}

impl<T: Ord> Shared<T> {
    pub(super) fn acquire(&mut self, thing: T) {
        self.uses.entry(thing).or_default().users += 1;
    }

    pub(super) fn release(&mut self, thing: &T) {
        if let Some(entry) = self.uses.get_mut(thing) {
            entry.users = entry.users.saturating_sub(1);
        }
    }

    /// After a batch of the above: whether the thing has come (`true`) or gone (`false`) since the last time.
    pub(super) fn settle(&mut self, thing: &T) -> Option<bool> {
        let entry = self.uses.get_mut(thing)?;
        let exists = entry.users > 0;
        let was = std::mem::replace(&mut entry.settled, exists);
        if !exists {
            self.uses.remove(thing);
        }
        (was != exists).then_some(exists)
    }

    pub(super) fn contains(&self, thing: &T) -> bool {
        self.uses.get(thing).is_some_and(|entry| entry.users > 0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.uses.keys()
    }
}
