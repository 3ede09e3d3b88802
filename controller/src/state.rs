//! What a running controller knows about its input: the page, the metrics and readiness are views of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use isoline_translator::{Object, ObjectRef, Status, StatusChange, SubCondition};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

use crate::folder::Update;

/// The objects with their statuses, and the problems of the files.
#[derive(Debug, Default)]
pub struct State {
    /// Whether all input was read and published once.
    pub is_synced: bool,
    /// Every object; a status only for the kinds that have one.
    pub objects: BTreeMap<ObjectRef, Option<Status>>,
    /// The hosts that root HTTPProxies claim.
    pub hosts: BTreeMap<ObjectRef, String>,
    /// What is wrong with the files.
    pub problems: BTreeSet<String>,
}

impl State {
    /// Takes note of what is wrong with the files, and what is not any more.
    pub fn note_problems(&mut self, update: &Update) {
        for problem in &update.resolved {
            self.problems.remove(&problem.to_string());
        }
        self.problems.extend(update.appeared.iter().map(ToString::to_string));
    }

    /// Takes note of objects that came or went, and of what came of it.
    pub fn absorb(&mut self, changes: impl IntoIterator<Item = (ObjectRef, Presence)>, statuses: &[StatusChange]) {
        for (object, presence) in changes {
            self.hosts.remove(&object);
            match presence {
                Presence::Gone => drop(self.objects.remove(&object)),
                Presence::There { host } => {
                    self.hosts.extend(host.map(|host| (object.clone(), host)));
                    self.objects.entry(object).or_default();
                }
            }
        }
        for StatusChange { object, status } in statuses {
            if let Some(known) = self.objects.get_mut(object) {
                known.clone_from(status);
            }
        }
        self.is_synced = true;
    }

    /// The status of an object, if it has one.
    pub fn status(&self, object: &ObjectRef) -> Option<&Status> {
        self.objects.get(object)?.as_ref()
    }

    fn counts(&self) -> BTreeMap<Labels, i64> {
        let mut counts = BTreeMap::new();
        for (object, status) in &self.objects {
            let status = status.as_ref().map_or("none", Status::summary);
            *counts
                .entry(Labels {
                    kind: object.kind.as_str(),
                    status,
                })
                .or_default() += 1;
        }
        counts
    }
}

/// Whether an object is there.
#[derive(Debug)]
pub enum Presence {
    /// It came or changed.
    There {
        /// The host that it claims.
        host: Option<String>,
    },
    /// It went.
    Gone,
}

impl Presence {
    /// Of an object that is there.
    pub fn of(object: &Object) -> Self {
        Self::There {
            host: object.virtual_host(),
        }
    }
}

/// A [`State`] with one writer and many readers.
#[derive(Debug, Clone, Default)]
pub struct SharedState(Arc<RwLock<State>>);

impl SharedState {
    /// Looks at it.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it.
    pub fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Labels {
    kind: &'static str,
    status: &'static str,
}

impl Collector for SharedState {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let state = self.read();
        let help = "Problems of the files that are not resolved";
        let problems = ConstGauge::new(i64::try_from(state.problems.len()).unwrap_or(i64::MAX));
        problems.encode(encoder.encode_descriptor("folder_problems", help, None, MetricType::Gauge)?)?;
        let help = "Objects by kind and status; none for kinds that have no status";
        let mut family = encoder.encode_descriptor("objects", help, None, MetricType::Gauge)?;
        for (labels, count) in state.counts() {
            ConstGauge::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// What is wrong with an object, a sentence each, in the words of its status.
pub fn errors(status: &Status) -> Vec<String> {
    let of_condition = status
        .conditions
        .iter()
        .filter(|condition| condition.status == "False")
        .flat_map(|condition| {
            let whole = format!("{} {}: {}", condition.kind, condition.reason, condition.message);
            let parts: Vec<_> = condition.errors.iter().map(sentence).collect();
            if parts.is_empty() { vec![whole] } else { parts }
        });
    of_condition.collect()
}

/// What the author of an object should know although nothing is wrong because of it.
pub fn warnings(status: &Status) -> impl Iterator<Item = String> {
    let all = status.conditions.iter().flat_map(|condition| &condition.warnings);
    all.map(sentence)
}

fn sentence(part: &SubCondition) -> String {
    format!("{} {}: {}", part.kind, part.reason, part.message)
}
