//! Which clusters an Envoy still needs: a count per cluster over the listeners and scopes that it holds or was sent.

use std::{collections::HashMap, mem};

/// A reference count per cluster name, and how many listeners and scopes have needs that nobody here knows.
#[derive(Debug, Default)]
pub(super) struct Uses {
    counts: HashMap<String, usize>,
    unknown: usize,
    freed: Vec<String>,
}

impl Uses {
    /// Counts a holder of `needs`; nothing stands for a holder whose needs are unknown.
    pub(super) fn add(&mut self, needs: Option<&[String]>) {
        let Some(needs) = needs else {
            self.unknown += 1;
            return;
        };
        for cluster in needs {
            *self.counts.entry(cluster.clone()).or_default() += 1;
        }
    }

    /// Takes back what [`add`](Self::add) counted.
    pub(super) fn remove(&mut self, needs: Option<&[String]>) {
        let Some(needs) = needs else {
            self.unknown -= 1;
            return;
        };
        for cluster in needs {
            let count = self.counts.get_mut(cluster).expect("a use is counted before it ends");
            *count -= 1;
            if *count == 0 {
                self.counts.remove(cluster);
                self.freed.push(cluster.clone());
            }
        }
    }

    /// Whether a cluster is in use.
    pub(super) fn contains(&self, cluster: &str) -> bool {
        self.counts.contains_key(cluster)
    }

    /// Whether the needs of every holder are known.
    pub(super) fn complete(&self) -> bool {
        self.unknown == 0
    }

    /// The clusters whose last use ended since the last call.
    pub(super) fn take_freed(&mut self) -> Vec<String> {
        mem::take(&mut self.freed)
    }
}
