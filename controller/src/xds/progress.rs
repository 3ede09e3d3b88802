//! How far the connected Envoys have come: what each has still to take, and what it refuses.
//!
//! What is published counts from then on, for the Envoys that are connected then; an Envoy that connects later gets
//! everything anyway.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Instant, SystemTime},
};

use isoline_translator::{ObjectRef, Resource, ResourceKey};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use serde::Serialize;

use super::{Refusal, Snapshot};

/// One connection of an Envoy.
pub(super) type ConnectionId = u64;

/// What is known of one connected Envoy.
#[derive(Debug, Clone, Serialize)]
pub struct Envoy {
    /// The id that it gave itself.
    pub node: String,
    /// When it connected, in seconds since 1970.
    pub connected: u64,
    /// What it has not taken yet.
    pub behind: Vec<String>,
    /// What it refuses, and its words.
    pub refused: BTreeMap<String, String>,
}

/// How far Envoys have come with what one object comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Programmed {
    /// How many Envoys are connected.
    pub envoys: usize,
    /// How many of them have something still to take.
    pub behind: usize,
    /// How many resources come of the object.
    pub resources: usize,
    /// What one of them says against one of the resources.
    pub refusal: Option<String>,
}

#[derive(Debug)]
pub(super) struct Progress {
    connections: BTreeMap<ConnectionId, (String, SystemTime)>,
    next: ConnectionId,
    behind: BTreeMap<ResourceKey, (Instant, BTreeSet<ConnectionId>)>,
    refusals: BTreeMap<ResourceKey, BTreeMap<ConnectionId, String>>,
    resources: BTreeMap<ObjectRef, BTreeSet<ResourceKey>>,
    /// What is of no use without a Secret.
    users: BTreeMap<ObjectRef, BTreeSet<ResourceKey>>,
    /// What has come to rest since somebody last asked.
    settled: BTreeSet<ResourceKey>,
    pub(super) latency: Histogram,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            connections: BTreeMap::new(),
            next: 0,
            behind: BTreeMap::new(),
            refusals: BTreeMap::new(),
            resources: BTreeMap::new(),
            users: BTreeMap::new(),
            settled: BTreeSet::new(),
            latency: Histogram::new(exponential_buckets(0.001, 2.0, 16)),
        }
    }
}

impl Progress {
    pub(super) fn join(&mut self) -> ConnectionId {
        self.next += 1;
        self.connections.insert(self.next, (String::new(), SystemTime::now()));
        self.next
    }

    pub(super) fn name(&mut self, connection: ConnectionId, node: &str) {
        if let Some((name, _)) = self.connections.get_mut(&connection) {
            node.clone_into(name);
        }
    }

    pub(super) fn leave(&mut self, connection: ConnectionId) {
        self.connections.remove(&connection);
        let waited: Vec<_> = self.behind.keys().cloned().collect();
        for key in waited {
            self.take(connection, &key);
        }
        self.refusals.retain(|_, refusals| {
            refusals.remove(&connection);
            !refusals.is_empty()
        });
    }

    /// A resource is about to become another one: every connected Envoy is behind.
    pub(super) fn publish(&mut self, key: &ResourceKey, before: Option<&Resource>, now: Option<&Resource>) {
        let origin = |it: Option<&Resource>| it.map(|it| it.origin.clone()).unwrap_or_default();
        relink(&mut self.resources, key, &origin(before), &origin(now));
        let secrets = |it: Option<&Resource>| it.map(|it| it.secrets.clone()).unwrap_or_default();
        relink(&mut self.users, key, &secrets(before), &secrets(now));
        if !self.connections.is_empty() {
            let since = || (Instant::now(), BTreeSet::new());
            let (_, behind) = self.behind.entry(key.clone()).or_insert_with(since);
            behind.extend(self.connections.keys());
        }
    }

    /// There is nothing left to tell an Envoy about these, but for what it refuses of them.
    pub(super) fn report(&mut self, connection: ConnectionId, told: &[ResourceKey], refusals: &[Refusal]) {
        for key in told {
            if let Some(of_key) = self.refusals.get_mut(key) {
                of_key.remove(&connection);
                if of_key.is_empty() {
                    self.refusals.remove(key);
                }
                self.settled.insert(key.clone());
            }
            self.take(connection, key);
        }
        for refusal in refusals {
            let of_key = self.refusals.entry(refusal.key.clone()).or_default();
            of_key.insert(connection, refusal.message.clone());
            self.settled.insert(refusal.key.clone());
        }
    }

    fn take(&mut self, connection: ConnectionId, key: &ResourceKey) {
        let Some((since, behind)) = self.behind.get_mut(key) else {
            return;
        };
        behind.remove(&connection);
        if behind.is_empty() {
            self.latency.observe(since.elapsed().as_secs_f64());
            self.behind.remove(key);
            self.settled.insert(key.clone());
        }
    }

    /// The objects of what has come to rest since the last call, and those that are of no use without them.
    pub(super) fn take_settled(&mut self, snapshot: &Snapshot) -> BTreeSet<ObjectRef> {
        let origin = |key: &ResourceKey| {
            snapshot
                .get(key.kind, &key.name)
                .map(|it| it.origin.clone())
                .unwrap_or_default()
        };
        let settled = std::mem::take(&mut self.settled);
        let mut objects: BTreeSet<_> = settled.iter().flat_map(origin).collect();
        let users = objects.iter().filter_map(|object| self.users.get(object)).flatten();
        let users: Vec<_> = users.flat_map(origin).collect();
        objects.extend(users);
        objects
    }

    pub(super) fn has_settled(&self) -> bool {
        !self.settled.is_empty()
    }

    pub(super) fn of(&self, object: &ObjectRef, snapshot: &Snapshot) -> Programmed {
        let resources = self.resources.get(object);
        let keys = || resources.into_iter().flatten();
        let behind: BTreeSet<_> = keys()
            .filter_map(|key| self.behind.get(key))
            .flat_map(|(_, ids)| ids)
            .collect();
        let secrets = keys()
            .filter_map(|key| snapshot.get(key.kind, &key.name))
            .flat_map(|it| &it.secrets);
        let of_secrets = secrets.filter_map(|secret| self.resources.get(secret)).flatten();
        let refusal = keys()
            .chain(of_secrets)
            .find_map(|key| self.refusals.get(key)?.values().next().cloned());
        Programmed {
            envoys: self.connections.len(),
            behind: behind.len(),
            resources: resources.map_or(0, BTreeSet::len),
            refusal,
        }
    }

    pub(super) fn connected(&self) -> usize {
        self.connections.len()
    }

    pub(super) fn envoys(&self) -> Vec<Envoy> {
        let envoy = |(id, (node, since)): (&ConnectionId, &(String, SystemTime))| Envoy {
            node: node.clone(),
            connected: since
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs(),
            behind: self
                .behind
                .iter()
                .filter(|(_, (_, ids))| ids.contains(id))
                .map(|(key, _)| shown(key))
                .collect(),
            refused: self
                .refusals
                .iter()
                .filter_map(|(key, of_key)| Some((shown(key), of_key.get(id)?.clone())))
                .collect(),
        };
        self.connections.iter().map(envoy).collect()
    }
}

fn relink(
    index: &mut BTreeMap<ObjectRef, BTreeSet<ResourceKey>>,
    key: &ResourceKey,
    before: &[ObjectRef],
    now: &[ObjectRef],
) {
    for object in before {
        if let Some(keys) = index.get_mut(object) {
            keys.remove(key);
            if keys.is_empty() {
                index.remove(object);
            }
        }
    }
    for object in now {
        index.entry(object.clone()).or_default().insert(key.clone());
    }
}

fn shown(key: &ResourceKey) -> String {
    format!("{:?} {}", key.kind, key.name)
}

#[cfg(test)]
mod tests {
    use isoline_translator::{Kind, NamespacedName, ResourceChange, ResourceType};

    use super::*;

    fn key() -> ResourceKey {
        ResourceKey {
            kind: ResourceType::Scope,
            name: "web".to_owned(),
        }
    }

    fn object() -> ObjectRef {
        ObjectRef {
            kind: Kind::HttpProxy,
            name: NamespacedName::new("team", "web"),
        }
    }

    /// Of an object, and of no use without a Secret.
    fn resource(object: ObjectRef) -> Resource {
        Resource {
            version: String::new(),
            body: isoline_envoy_api::Any::default(),
            needs: Vec::new(),
            endpoints: None,
            origin: vec![object],
            secrets: vec![secret()],
        }
    }

    fn secret() -> ObjectRef {
        ObjectRef {
            kind: Kind::Secret,
            name: NamespacedName::new("team", "web"),
        }
    }

    fn refusal() -> Refusal {
        Refusal {
            key: key(),
            version: None,
            origin: vec![object()],
            message: "no".to_owned(),
        }
    }

    #[test]
    fn an_object_is_programmed_when_every_connected_envoy_has_taken_it_or_left() {
        let mut progress = Progress::default();
        let (first, second) = (progress.join(), progress.join());
        progress.publish(&key(), None, Some(&resource(object())));
        assert_eq!(progress.of(&object(), &Snapshot::default()).behind, 2);
        progress.report(first, &[key()], &[]);
        assert_eq!(progress.of(&object(), &Snapshot::default()).behind, 1);
        assert!(!progress.has_settled());
        progress.leave(second);
        let expected = Programmed {
            envoys: 1,
            behind: 0,
            resources: 1,
            refusal: None,
        };
        assert_eq!(progress.of(&object(), &Snapshot::default()), expected);
        assert!(progress.has_settled());
    }

    #[test]
    fn a_refusal_lasts_until_another_version_is_taken() {
        let mut progress = Progress::default();
        let envoy = progress.join();
        progress.publish(&key(), None, Some(&resource(object())));
        progress.report(envoy, &[key()], &[refusal()]);
        assert_eq!(
            progress.of(&object(), &Snapshot::default()).refusal.as_deref(),
            Some("no")
        );
        progress.publish(&key(), Some(&resource(object())), Some(&resource(object())));
        assert_eq!(progress.of(&object(), &Snapshot::default()).behind, 1);
        progress.report(envoy, &[key()], &[]);
        assert_eq!(progress.of(&object(), &Snapshot::default()).refusal, None);
    }

    #[test]
    fn a_refused_certificate_is_a_refusal_of_who_needs_it() {
        let mut progress = Progress::default();
        let envoy = progress.join();
        let certificate = ResourceKey {
            kind: ResourceType::Secret,
            name: "team/web".to_owned(),
        };
        progress.publish(&key(), None, Some(&resource(object())));
        progress.publish(&certificate, None, Some(&resource(secret())));
        let refusal = Refusal {
            key: certificate.clone(),
            ..refusal()
        };
        progress.report(envoy, &[key(), certificate], &[refusal]);
        let mut snapshot = Snapshot::default();
        snapshot.apply(ResourceChange {
            key: key(),
            resource: Some(resource(object())),
        });
        assert_eq!(progress.of(&object(), &snapshot).refusal.as_deref(), Some("no"));
    }

    #[test]
    fn what_is_gone_belongs_to_nobody() {
        let mut progress = Progress::default();
        progress.publish(&key(), None, Some(&resource(object())));
        progress.publish(&key(), Some(&resource(object())), None);
        assert_eq!(progress.of(&object(), &Snapshot::default()).resources, 0);
    }
}
