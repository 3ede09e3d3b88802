//! The protocol for one Envoy: requests and changes in, responses out, no I/O, no clock.
//!
//! Responses are always built from the latest snapshot, one in flight per type, so whatever changes meanwhile coalesces.
//! A listener or scope is sent only when Envoy has acknowledged the clusters that it needs with their endpoints, and
//! a cluster is removed only when no listener or scope that Envoy has, or may have, needs it: nothing breaks while
//! the configuration moves. A refused response is sent again in halves until each refusal is one resource's, whose last
//! good version then stays while everything else flows on.
//!
//! **Invariant:** a change costs what it touches. Whatever must wait is found again by an index, never by a scan.

mod answers;
mod renewed;
mod requests;
mod responses;
mod subscription;
#[cfg(test)]
mod tests;
mod uses;
mod waiting;

use isoline_envoy_api::envoy::service::discovery::v3::{DeltaDiscoveryRequest, DeltaDiscoveryResponse};
use isoline_translator::{ObjectRef, ResourceKey, ResourceType};

use self::{
    subscription::{Held, Subscription},
    uses::Uses,
    waiting::Waiting,
};
use super::{PerType, Snapshot};

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
    id: String,
    node: String,
    /// How many responses were sent.
    nonces: u64,
    /// Whether Envoy was served by an earlier stream.
    returned: bool,
    subscriptions: PerType<Subscription>,
    uses: Uses,
    waiting: Waiting,
    new_refusals: Vec<Refusal>,
    /// What there is nothing left to say about.
    told: Vec<ResourceKey>,
}

impl Stream {
    /// A stream of which Envoy has said nothing yet. No other stream of that Envoy, before or after, has this `id`.
    pub fn new(id: String) -> Self {
        Self { id, ..Self::default() }
    }

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
            } else {
                self.told.push(key);
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

    /// The resources that there has come to be nothing left to say about since the last call: Envoy has taken or refused
    /// the latest version, or does not want it.
    pub fn take_told(&mut self) -> Vec<ResourceKey> {
        std::mem::take(&mut self.told)
    }

    /// Whether Envoy has everything that it asked for, as far as it takes it.
    pub fn is_at_rest(&self) -> bool {
        let is_at_rest = |kind| {
            let subscription: &Subscription = &self.subscriptions[kind];
            subscription.in_flight.is_none() && subscription.pending.is_empty() && subscription.halves.is_empty()
        };
        self.subscriptions[ResourceType::Listener].is_started() && ResourceType::ALL.into_iter().all(is_at_rest)
    }

    /// The refusals that came since the last call.
    pub fn take_new_refusals(&mut self) -> Vec<Refusal> {
        std::mem::take(&mut self.new_refusals)
    }
}

/// What every part of the protocol writes down.
impl Stream {
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

fn key(kind: ResourceType, name: &str) -> ResourceKey {
    ResourceKey {
        kind,
        name: name.to_owned(),
    }
}
