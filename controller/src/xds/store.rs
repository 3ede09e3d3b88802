//! The latest configuration, shared by one writer and many streams.
//!
//! A batch is applied under one write lock, so a reader sees all of it or nothing. Each stream has a mailbox that only
//! collects the keys that changed since it last looked: a slow stream skips to the end, loses nothing, and holds at
//! most one entry per resource.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak},
};

use isoline_translator::{ObjectRef, Resource, ResourceChange, ResourceKey, ResourceType};
use prometheus_client::metrics::histogram::Histogram;
use tokio::sync::Notify;

use super::{
    PerType, Refusal,
    progress::{ConnectionId, Envoy, Programmed, Progress},
};

/// One consistent state of the configuration.
#[derive(Debug, Default)]
pub struct Snapshot {
    resources: PerType<BTreeMap<String, Arc<Resource>>>,
}

impl Snapshot {
    /// The resource of that type and name, if there is one.
    pub fn get(&self, kind: ResourceType, name: &str) -> Option<&Arc<Resource>> {
        self.resources[kind].get(name)
    }

    /// The names of all resources of a type.
    pub fn names(&self, kind: ResourceType) -> impl Iterator<Item = &String> {
        self.resources[kind].keys()
    }

    /// How many resources of a type there are.
    pub fn count(&self, kind: ResourceType) -> usize {
        self.resources[kind].len()
    }

    /// Applies one change and returns the key that it touched.
    pub fn apply(&mut self, change: ResourceChange) -> ResourceKey {
        let ResourceChange { key, resource } = change;
        let resources = &mut self.resources[key.kind];
        match resource {
            Some(resource) => resources.insert(key.name.clone(), Arc::new(resource)),
            None => resources.remove(&key.name),
        };
        key
    }
}

/// The shared [`Snapshot`] and the mailboxes of those who follow it.
#[derive(Debug, Default)]
pub struct Store {
    snapshot: RwLock<Snapshot>,
    mailboxes: Mutex<Vec<Weak<Mailbox>>>,
    progress: Mutex<Progress>,
    settled: Notify,
    /// Told of every Envoy that has come to have everything.
    joined: Notify,
}

impl Store {
    /// Applies a whole batch at once and wakes every subscriber.
    pub fn publish(&self, changes: Vec<ResourceChange>) {
        let mut snapshot = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        let mut progress = lock(&self.progress);
        let keys: Vec<_> = changes
            .into_iter()
            .map(|change| {
                let before = snapshot.get(change.key.kind, &change.key.name);
                progress.publish(&change.key, before.map(AsRef::as_ref), change.resource.as_ref());
                snapshot.apply(change)
            })
            .collect();
        drop(progress);
        lock(&self.mailboxes).retain(|mailbox| mailbox.upgrade().inspect(|mailbox| mailbox.post(&keys)).is_some());
    }

    /// Looks at the latest configuration; publishing waits as long as `visit` runs.
    pub fn read<T>(&self, visit: impl FnOnce(&Snapshot) -> T) -> T {
        visit(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Starts to follow the changes from now on, until the subscriber is dropped.
    pub fn subscribe(self: &Arc<Self>) -> Subscriber {
        // Nothing may be published between the two.
        let _snapshot = self.snapshot.read().unwrap_or_else(PoisonError::into_inner);
        let mailbox = Arc::<Mailbox>::default();
        lock(&self.mailboxes).push(Arc::downgrade(&mailbox));
        let connection = lock(&self.progress).join();
        Subscriber {
            store: Arc::clone(self),
            mailbox,
            connection,
        }
    }

    /// How far the connected Envoys have come with what an object comes to.
    pub fn programmed(&self, object: &ObjectRef) -> Programmed {
        self.read(|snapshot| lock(&self.progress).of(object, snapshot))
    }

    /// How many Envoys are connected.
    pub fn connected(&self) -> usize {
        lock(&self.progress).connected()
    }

    /// The connected Envoys.
    pub fn envoys(&self) -> Vec<Envoy> {
        lock(&self.progress).envoys()
    }

    /// Waits until something has come to rest, and returns the objects that it came from.
    pub async fn settled(&self) -> BTreeSet<ObjectRef> {
        self.settled.notified().await;
        self.read(|snapshot| lock(&self.progress).take_settled(snapshot))
    }

    /// Waits until an Envoy that has connected has everything.
    pub async fn joined(&self) {
        self.joined.notified().await;
    }

    /// The time from a change to its acknowledgement by every Envoy.
    pub(super) fn latency(&self) -> Histogram {
        lock(&self.progress).latency.clone()
    }
}

/// One follower of a [`Store`].
#[derive(Debug)]
pub struct Subscriber {
    store: Arc<Store>,
    mailbox: Arc<Mailbox>,
    connection: ConnectionId,
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let mut progress = lock(&self.store.progress);
        progress.leave(self.connection);
        if progress.has_settled() {
            self.store.settled.notify_one();
        }
    }
}

impl Subscriber {
    /// The Envoy has said what it is called.
    pub fn name(&self, node: &str) {
        lock(&self.store.progress).name(self.connection, node);
    }

    /// The Envoy has everything that there was when it connected.
    pub fn has_joined(&self) {
        self.store.joined.notify_one();
    }

    /// There is nothing left to tell the Envoy about these resources, but for what it refuses of them.
    pub fn report(&self, told: &[ResourceKey], refusals: &[Refusal]) {
        let mut progress = lock(&self.store.progress);
        progress.report(self.connection, told, refusals);
        if progress.has_settled() {
            self.store.settled.notify_one();
        }
    }

    /// Returns when something was published that [`read`](Self::read) has not shown yet.
    pub async fn changed(&self) {
        self.mailbox.notify.notified().await;
    }

    /// Looks at the latest configuration together with the keys that changed since the last look.
    pub fn read<T>(&self, visit: impl FnOnce(&Snapshot, BTreeSet<ResourceKey>) -> T) -> T {
        // The keys are taken under the store's lock, so they always belong to the snapshot beside them.
        self.store
            .read(|snapshot| visit(snapshot, mem::take(&mut *lock(&self.mailbox.changed))))
    }
}

#[derive(Debug, Default)]
struct Mailbox {
    changed: Mutex<BTreeSet<ResourceKey>>,
    notify: Notify,
}

impl Mailbox {
    fn post(&self, keys: &[ResourceKey]) {
        lock(&self.changed).extend(keys.iter().cloned());
        self.notify.notify_one();
    }
}

/// Every critical section leaves its data whole, so a panic elsewhere is no reason to stop serving.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use isoline_translator::{Resource, ResourceChange, ResourceKey, ResourceType};

    use super::*;

    fn change(name: &str, version: &str) -> ResourceChange {
        let resource = Resource {
            version: version.to_owned(),
            body: isoline_envoy_api::Any::default(),
            needs: Vec::new(),
            endpoints: None,
            origin: Vec::new(),
            secrets: Vec::new(),
        };
        ResourceChange {
            key: key(name),
            resource: Some(resource),
        }
    }

    fn key(name: &str) -> ResourceKey {
        ResourceKey {
            kind: ResourceType::Cluster,
            name: name.to_owned(),
        }
    }

    #[test]
    fn changes_coalesce_until_they_are_read() {
        let store = Arc::new(Store::default());
        let subscriber = store.subscribe();
        store.publish(vec![change("a", "1"), change("b", "1")]);
        store.publish(vec![change("a", "2")]);
        subscriber.read(|snapshot, changed| {
            assert_eq!(changed, BTreeSet::from([key("a"), key("b")]));
            assert_eq!(
                snapshot.get(ResourceType::Cluster, "a").expect("published").version,
                "2"
            );
        });
        subscriber.read(|_, changed| assert!(changed.is_empty()));
    }

    #[tokio::test]
    async fn a_change_before_the_wait_is_not_lost() {
        let store = Arc::new(Store::default());
        let subscriber = store.subscribe();
        store.publish(vec![change("a", "1")]);
        subscriber.changed().await;
    }

    #[test]
    fn a_dropped_subscriber_is_forgotten() {
        let store = Arc::new(Store::default());
        drop(store.subscribe());
        store.publish(vec![change("a", "1")]);
        assert!(lock(&store.mailboxes).is_empty());
    }
}
