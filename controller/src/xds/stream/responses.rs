//! What Envoy is sent: for each name the next step that breaks nothing.

use std::sync::Arc;

use isoline_envoy_api::envoy::service::discovery::v3::DeltaDiscoveryResponse;
use isoline_translator::{Resource, ResourceKey, ResourceType};

use super::{
    Snapshot, Stream, key,
    subscription::{Held, InFlight, Items, Opening},
};

/// How many bytes of resources one response may carry, but for the last resource and the first answer to a wildcard.
pub(super) const RESPONSE_BYTES: usize = 2 << 20;

/// What is to be done about one name.
enum Step {
    /// Envoy knows all there is to know.
    Rest,
    /// Send the resource, or its removal.
    Send(Option<Arc<Resource>>),
    /// Send it when this is acknowledged.
    Wait(ResourceKey),
    /// Remove it when nothing needs it any more.
    Postpone,
}

impl Stream {
    pub(super) fn respond(&mut self, kind: ResourceType, snapshot: &Snapshot) -> Option<DeltaDiscoveryResponse> {
        let subscription = &self.subscriptions[kind];
        if !subscription.is_started() || subscription.in_flight.is_some() {
            return None;
        }
        let items = self.next_items(kind, snapshot);
        if items.is_empty() && !self.subscriptions[kind].greeting {
            return None;
        }
        for resource in items.values().flatten() {
            self.depart(kind, resource);
        }
        self.nonces += 1;
        let nonce = format!("{}.{}", self.id, self.nonces);
        let subscription = &mut self.subscriptions[kind];
        subscription.greeting = false;
        subscription.in_flight = Some(InFlight::new(nonce, items));
        subscription.response(kind, self.returned)
    }

    fn next_items(&mut self, kind: ResourceType, snapshot: &Snapshot) -> Items {
        while let Some(half) = self.subscriptions[kind].halves.pop_front() {
            let items: Items = half
                .into_iter()
                .filter_map(|name| self.next_item(kind, name, snapshot))
                .collect();
            if !items.is_empty() {
                return items;
            }
        }
        // Envoy starts to serve after the first answer, so that one is whole: half of the hosts would be 404.
        let limit = if self.subscriptions[kind].greeting {
            usize::MAX
        } else {
            RESPONSE_BYTES
        };
        let (mut items, mut size) = (Items::new(), 0);
        while size < limit
            && let Some(name) = self.subscriptions[kind].pending.pop_first()
        {
            let Some((name, item)) = self.next_item(kind, name, snapshot) else {
                continue;
            };
            size += name.len() + item.as_ref().map_or(0, |resource| resource.body.value.len());
            items.insert(name, item);
        }
        items
    }

    /// What the next response says of that name, if anything.
    fn next_item(
        &mut self,
        kind: ResourceType,
        name: String,
        snapshot: &Snapshot,
    ) -> Option<(String, Option<Arc<Resource>>)> {
        self.waiting.forget(&key(kind, &name));
        let subscription = &mut self.subscriptions[kind];
        subscription.pending.remove(&name);
        subscription.postponed.remove(&name);
        if !subscription.has_refused(&name, snapshot.get(kind, &name).map(|resource| &resource.version)) {
            subscription.refused.remove(&name);
        }
        match self.step(kind, &name, snapshot) {
            Step::Rest => {
                self.told.push(key(kind, &name));
                None
            }
            Step::Send(item) => Some((name, item)),
            Step::Wait(cause) => {
                self.waiting.wait(ResourceKey { kind, name }, cause);
                None
            }
            Step::Postpone => {
                self.told.push(key(kind, &name));
                self.subscriptions[kind].postponed.insert(name);
                None
            }
        }
    }

    fn step(&self, kind: ResourceType, name: &str, snapshot: &Snapshot) -> Step {
        let subscription = &self.subscriptions[kind];
        let target = snapshot.get(kind, name);
        if !subscription.wants(name) || subscription.is_told(name, target.map(AsRef::as_ref)) {
            return Step::Rest;
        }
        match target {
            Some(resource) => match self.first_missing(kind, resource, snapshot) {
                Some(cause) => Step::Wait(cause),
                None => Step::Send(Some(Arc::clone(resource))),
            },
            None if matches!(subscription.held.get(name), Some(Held::Asked)) => Step::Send(None),
            None => self.removal(kind, name),
        }
    }

    /// Break after make: how a resource that Envoy has may go.
    fn removal(&self, kind: ResourceType, name: &str) -> Step {
        match kind {
            ResourceType::Listener | ResourceType::Scope => Step::Send(None),
            // A cluster takes its endpoints along: Envoy unsubscribes from them.
            ResourceType::Endpoints => Step::Rest,
            _ if !self.subscriptions[kind].removable || self.uses.contains(name) => Step::Postpone,
            _ => Step::Send(None),
        }
    }

    /// The first thing that must be there before Envoy may have this resource.
    fn first_missing(&self, kind: ResourceType, resource: &Resource, snapshot: &Snapshot) -> Option<ResourceKey> {
        match kind {
            ResourceType::Cluster => self.unusable_endpoints(resource, snapshot),
            _ => resource
                .needs
                .iter()
                .find_map(|cluster| self.unready(cluster, snapshot)),
        }
    }

    /// The endpoints that Envoy would wait for in vain to warm this cluster, with the good one replaced by an empty one.
    fn unusable_endpoints(&self, cluster: &Resource, snapshot: &Snapshot) -> Option<ResourceKey> {
        let name = cluster.endpoints.as_ref()?;
        let refused = |latest: &Arc<Resource>| {
            self.subscriptions[ResourceType::Endpoints].has_refused(name, Some(&latest.version))
        };
        let usable = snapshot
            .get(ResourceType::Endpoints, name)
            .is_some_and(|latest| !refused(latest));
        (!usable).then(|| key(ResourceType::Endpoints, name))
    }

    /// What Envoy must acknowledge before something may use this cluster.
    fn unready(&self, cluster: &str, snapshot: &Snapshot) -> Option<ResourceKey> {
        let Some(held) = self.ready_cluster(cluster, snapshot) else {
            return Some(key(ResourceType::Cluster, cluster));
        };
        let endpoints = held.endpoints.as_ref()?;
        let acknowledged = self.subscriptions[ResourceType::Endpoints]
            .acknowledged(endpoints)
            .is_some();
        (!acknowledged).then(|| key(ResourceType::Endpoints, endpoints))
    }

    /// A cluster as Envoy has it, if it stays and no newer version of it is to be taken first.
    fn ready_cluster(&self, name: &str, snapshot: &Snapshot) -> Option<&Resource> {
        let clusters = &self.subscriptions[ResourceType::Cluster];
        let latest = snapshot.get(ResourceType::Cluster, name)?;
        let held = clusters.acknowledged(name)?;
        let is_latest = held.version == latest.version || clusters.has_refused(name, Some(&latest.version));
        (is_latest && !clusters.is_in_flight(name)).then_some(held)
    }

    /// Something goes on its way.
    fn depart(&mut self, kind: ResourceType, resource: &Resource) {
        self.uses.add(Some(&resource.needs));
        // Envoy warms a cluster that it is sent, new or not, until it receives its endpoints after it.
        if let (ResourceType::Cluster, Some(endpoints)) = (kind, &resource.endpoints) {
            let subscription = &self.subscriptions[ResourceType::Endpoints];
            // An Envoy that comes back may yet state that it has them.
            if subscription.wants(endpoints) || !subscription.is_started() {
                self.ask(ResourceType::Endpoints, endpoints);
            }
        }
    }

    /// Looks again at the removals that wait for others; returns whether any may go now.
    pub(super) fn retry_removals(&mut self) -> bool {
        let clusters = &mut self.subscriptions[ResourceType::Cluster];
        let mut any = false;
        for cluster in self.uses.take_freed() {
            any |= clusters.postponed.remove(&cluster) && clusters.pending.insert(cluster);
        }
        let (needs_known, listeners_settled) = (self.needs_are_known(), self.listeners_are_settled());
        any |= self.subscriptions[ResourceType::Cluster].allow_removals(needs_known);
        any |= self.subscriptions[ResourceType::Secret].allow_removals(listeners_settled);
        any |= self.subscriptions[ResourceType::Extension].allow_removals(listeners_settled);
        any
    }

    /// Whether every cluster that Envoy's listeners and scopes may need is counted.
    fn needs_are_known(&self) -> bool {
        let listeners = &self.subscriptions[ResourceType::Listener];
        let scopes = &self.subscriptions[ResourceType::Scope];
        // An Envoy that comes back with listeners may have scopes that it has not spoken of yet.
        listeners.is_started()
            && (scopes.is_started() || listeners.opening == Opening::Fresh)
            && self.uses.complete()
            && listeners.doubts.is_empty()
            && scopes.doubts.is_empty()
    }

    /// Whether no older listener is left that may use a secret or an extension which the latest one does not.
    fn listeners_are_settled(&self) -> bool {
        self.subscriptions[ResourceType::Listener].is_settled() && !self.waiting.any(ResourceType::Listener)
    }
}
