//! The protocol for one Envoy: requests and changes in, responses out, no I/O, no clock.
//!
//! Responses are always built from the latest snapshot, one in flight per type, so whatever changes meanwhile coalesces.
//! A listener or scope is sent only when Envoy has acknowledged the clusters that it needs with their endpoints, and
//! a cluster is removed only when no listener or scope that Envoy has, or may have, needs it: nothing breaks while
//! the configuration moves. A refused response is sent again in halves until each refusal is one resource's, whose last
//! good version then stays while everything else flows on.
//!
//! **Invariant:** a change costs what it touches. Whatever must wait is found again by an index, never by a scan.

mod subscription;
#[cfg(test)]
mod tests;
mod uses;
mod waiting;

use std::sync::Arc;

use isoline_envoy_api::envoy::service::discovery::v3::{DeltaDiscoveryRequest, DeltaDiscoveryResponse};
use isoline_translator::{ObjectRef, Resource, ResourceKey, ResourceType};

use self::{
    subscription::{Held, InFlight, Items, Opening, Subscription},
    uses::Uses,
    waiting::Waiting,
};
use super::{PerType, Snapshot};

/// The name that subscribes to every resource of a type.
const WILDCARD: &str = "*";

/// How many bytes of resources one response may carry, but for the last resource and the first answer to a wildcard.
const RESPONSE_BYTES: usize = 2 << 20;

/// One resource that an Envoy does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The resource.
    pub key: ResourceKey,
    /// The version that was refused; nothing if it was the removal.
    pub version: Option<String>,
    /// The objects that it came from.
    pub origin: Vec<ObjectRef>,
    /// Envoy's own words.
    pub message: String,
}

/// The state of the protocol with one Envoy, from its connection to its end.
#[derive(Debug, Default)]
pub struct Stream {
    node: String,
    nonces: u64,
    subscriptions: PerType<Subscription>,
    uses: Uses,
    waiting: Waiting,
    new_refusals: Vec<Refusal>,
}

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
    /// The id that Envoy gave itself.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Takes one message of Envoy: an answer to a response, a change of subscription, or both.
    pub fn on_request(&mut self, request: DeltaDiscoveryRequest, snapshot: &Snapshot) {
        if let Some(node) = &request.node {
            self.node.clone_from(&node.id);
        }
        let Some(kind) = ResourceType::from_type_url(&request.type_url) else {
            return;
        };
        if !self.subscriptions[kind].is_started() {
            self.start(kind, request, snapshot);
            return;
        }
        let error = request.error_detail.map(|status| status.message);
        self.on_answer(kind, &request.response_nonce, error);
        for name in request.resource_names_subscribe {
            self.subscribe(kind, name, snapshot);
        }
        for name in request.resource_names_unsubscribe {
            self.unsubscribe(kind, &name);
        }
    }

    /// Takes note that these resources changed.
    pub fn on_change(&mut self, keys: impl IntoIterator<Item = ResourceKey>) {
        for key in keys {
            self.wake(&key);
            let subscription = &mut self.subscriptions[key.kind];
            if subscription.wants(&key.name) {
                subscription.pending.insert(key.name);
            }
        }
    }

    /// The responses that can be sent now, in the order in which they must be sent.
    pub fn poll(&mut self, snapshot: &Snapshot) -> Vec<DeltaDiscoveryResponse> {
        let mut responses = Vec::new();
        self.retry_removals();
        loop {
            responses.extend(
                ResourceType::ALL
                    .into_iter()
                    .filter_map(|kind| self.respond(kind, snapshot)),
            );
            if !self.retry_removals() {
                return responses;
            }
        }
    }

    /// Every resource whose latest version Envoy refuses.
    pub fn refusals(&self) -> impl Iterator<Item = &Refusal> {
        ResourceType::ALL
            .into_iter()
            .flat_map(|kind| self.subscriptions[kind].refused.values())
    }

    /// The refusals that came since the last call.
    pub fn take_new_refusals(&mut self) -> Vec<Refusal> {
        std::mem::take(&mut self.new_refusals)
    }
}

/// Subscriptions.
impl Stream {
    /// The first message of a type: what Envoy wants, and what it has from an earlier stream.
    fn start(&mut self, kind: ResourceType, request: DeltaDiscoveryRequest, snapshot: &Snapshot) {
        let subscription = &mut self.subscriptions[kind];
        let is_fresh = request.initial_resource_versions.is_empty();
        subscription.opening = if is_fresh { Opening::Fresh } else { Opening::Resumed };
        let names = request.resource_names_subscribe;
        if names.is_empty() {
            self.subscribe_to_all(kind, snapshot);
        }
        let stated = &request.initial_resource_versions;
        for name in names {
            if stated.contains_key(&name) {
                self.subscriptions[kind].names.insert(name);
            } else {
                self.subscribe(kind, name, snapshot);
            }
        }
        for (name, version) in stated {
            self.resume(kind, name, version, snapshot);
        }
        self.subscriptions[kind].greeting &= is_fresh;
    }

    /// Takes Envoy's word for what it has; a version that is the latest needs no answer.
    fn resume(&mut self, kind: ResourceType, name: &str, version: &str, snapshot: &Snapshot) {
        if !self.subscriptions[kind].wants(name) {
            return;
        }
        let owed = self.subscriptions[kind].held.contains_key(name);
        let latest = snapshot
            .get(kind, name)
            .filter(|resource| resource.version == version && !owed);
        self.hold(
            kind,
            name,
            Some(latest.map_or(Held::Unknown, |resource| Held::Known(Arc::clone(resource)))),
        );
        self.subscriptions[kind].pending.insert(name.to_owned());
    }

    fn subscribe(&mut self, kind: ResourceType, name: String, snapshot: &Snapshot) {
        if name == WILDCARD {
            self.subscribe_to_all(kind, snapshot);
        } else {
            self.ask(kind, &name);
            self.subscriptions[kind].names.insert(name);
        }
    }

    fn subscribe_to_all(&mut self, kind: ResourceType, snapshot: &Snapshot) {
        // Everything else is asked for by name: nobody gets all secrets by an empty list.
        if !matches!(
            kind,
            ResourceType::Cluster | ResourceType::Listener | ResourceType::Scope
        ) {
            return;
        }
        let subscription = &mut self.subscriptions[kind];
        subscription.wildcard = true;
        subscription.greeting = true;
        subscription.pending.extend(snapshot.names(kind).cloned());
    }

    fn unsubscribe(&mut self, kind: ResourceType, name: &str) {
        let subscription = &mut self.subscriptions[kind];
        if name == WILDCARD {
            subscription.wildcard = false;
            for name in subscription.touched() {
                self.forget_unwanted(kind, &name);
            }
        } else {
            subscription.names.remove(name);
            self.forget_unwanted(kind, name);
        }
    }

    /// Envoy drops what it unsubscribes from without another word.
    fn forget_unwanted(&mut self, kind: ResourceType, name: &str) {
        if self.subscriptions[kind].wants(name) {
            return;
        }
        self.withdraw(kind, name);
        self.hold(kind, name, None);
        self.waiting.forget(&key(kind, name));
        let subscription = &mut self.subscriptions[kind];
        subscription.doubts.remove(name);
        subscription.refused.remove(name);
        subscription.pending.remove(name);
        subscription.postponed.remove(name);
    }

    /// Envoy must be told of that name, whatever it was told before.
    fn ask(&mut self, kind: ResourceType, name: &str) {
        self.withdraw(kind, name);
        let had = matches!(
            self.subscriptions[kind].held.get(name),
            Some(Held::Known(_) | Held::Unknown)
        );
        let held = if had { Held::Unknown } else { Held::Asked };
        self.hold(kind, name, Some(held));
        self.subscriptions[kind].pending.insert(name.to_owned());
    }

    /// The answer to what is in flight of that name does not count any more.
    fn withdraw(&mut self, kind: ResourceType, name: &str) {
        let in_flight = self.subscriptions[kind].in_flight.as_mut();
        if let Some(Some(resource)) = in_flight.and_then(|in_flight| in_flight.items.remove(name)) {
            self.uses.remove(Some(&resource.needs));
        }
    }
}

/// Answers.
impl Stream {
    fn on_answer(&mut self, kind: ResourceType, nonce: &str, error: Option<String>) {
        let subscription = &mut self.subscriptions[kind];
        let Some(in_flight) = subscription.in_flight.take_if(|in_flight| in_flight.nonce == nonce) else {
            return;
        };
        match error {
            None => self.on_ack(kind, in_flight.items),
            Some(message) if in_flight.sole => self.on_refusal(kind, in_flight.items, &message),
            Some(_) => self.halve(kind, in_flight.items),
        }
    }

    fn on_ack(&mut self, kind: ResourceType, items: Items) {
        for (name, item) in items {
            let subscription = &mut self.subscriptions[kind];
            subscription.doubts.remove(&name);
            subscription.refused.remove(&name);
            self.hold(kind, &name, item.clone().map(Held::Known));
            self.land(&key(kind, &name), item.as_deref());
        }
    }

    /// The one resource of a response was refused: what Envoy had before stays.
    fn on_refusal(&mut self, kind: ResourceType, items: Items, message: &str) {
        for (name, item) in items {
            let refusal = self.refusal(key(kind, &name), item.as_deref(), message);
            let subscription = &mut self.subscriptions[kind];
            subscription.refuse(refusal.clone());
            if matches!(subscription.held.get(&name), Some(Held::Asked)) {
                self.hold(kind, &name, None);
            }
            self.new_refusals.push(refusal);
            self.land(&key(kind, &name), item.as_deref());
        }
    }

    fn refusal(&self, key: ResourceKey, item: Option<&Resource>, message: &str) -> Refusal {
        let held = self.subscriptions[key.kind].acknowledged(&key.name).map(AsRef::as_ref);
        let origin = item
            .or(held)
            .map(|resource| resource.origin.clone())
            .unwrap_or_default();
        Refusal {
            key,
            version: item.map(|resource| resource.version.clone()),
            origin,
            message: message.to_owned(),
        }
    }

    /// One of several was refused: Envoy does not say which in words for machines, so each half goes again alone.
    fn halve(&mut self, kind: ResourceType, items: Items) {
        for (name, item) in &items {
            self.subscriptions[kind].doubt(name, item.as_deref());
            self.land(&key(kind, name), item.as_deref());
        }
        let mut first: Vec<_> = items.into_keys().collect();
        let second = first.split_off(first.len() / 2);
        let halves = &mut self.subscriptions[kind].halves;
        halves.push_front(second);
        halves.push_front(first);
    }

    /// Something is in flight no more.
    fn land(&mut self, key: &ResourceKey, item: Option<&Resource>) {
        if let Some(resource) = item {
            self.uses.remove(Some(&resource.needs));
        }
        self.wake(key);
    }

    /// Writes down what Envoy has, and with it what it needs.
    fn hold(&mut self, kind: ResourceType, name: &str, held: Option<Held>) {
        let counts = matches!(kind, ResourceType::Listener | ResourceType::Scope);
        if let Some(held) = held.as_ref().filter(|_| counts) {
            self.uses.add(held.needs());
        }
        let table = &mut self.subscriptions[kind].held;
        let before = match held {
            Some(held) => table.insert(name.to_owned(), held),
            None => table.remove(name),
        };
        if let Some(before) = before.filter(|_| counts) {
            self.uses.remove(before.needs());
        }
    }

    fn wake(&mut self, cause: &ResourceKey) {
        for waiter in self.waiting.wake(cause) {
            self.subscriptions[waiter.kind].pending.insert(waiter.name);
        }
    }
}

/// Responses.
impl Stream {
    fn respond(&mut self, kind: ResourceType, snapshot: &Snapshot) -> Option<DeltaDiscoveryResponse> {
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
        let in_flight = InFlight::new(self.nonces, items);
        let response = in_flight.to_response(kind);
        let subscription = &mut self.subscriptions[kind];
        subscription.greeting = false;
        subscription.in_flight = Some(in_flight);
        Some(response)
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
            Step::Rest => None,
            Step::Send(item) => Some((name, item)),
            Step::Wait(cause) => {
                self.waiting.wait(ResourceKey { kind, name }, cause);
                None
            }
            Step::Postpone => {
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
    fn retry_removals(&mut self) -> bool {
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

fn key(kind: ResourceType, name: &str) -> ResourceKey {
    ResourceKey {
        kind,
        name: name.to_owned(),
    }
}
