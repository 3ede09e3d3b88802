//! What Envoy asks for, and what it says it has.

use std::sync::Arc;

use isoline_envoy_api::envoy::service::discovery::v3::DeltaDiscoveryRequest;
use isoline_translator::ResourceType;

use super::{
    Snapshot, Stream, key,
    subscription::{Held, Opening},
};

/// The name that subscribes to every resource of a type.
const WILDCARD: &str = "*";

impl Stream {
    /// The first message of a type: what Envoy wants, and what it has from an earlier stream.
    pub(super) fn start(&mut self, kind: ResourceType, request: DeltaDiscoveryRequest, snapshot: &Snapshot) {
        let subscription = &mut self.subscriptions[kind];
        let is_fresh = request.initial_resource_versions.is_empty();
        self.returned |= !is_fresh;
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

    pub(super) fn subscribe(&mut self, kind: ResourceType, name: String, snapshot: &Snapshot) {
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
        // What is on its way may reach Envoy after it asked again, and be gone by now.
        let touched = subscription.touched();
        subscription.pending.extend(touched);
        subscription.pending.extend(snapshot.names(kind).cloned());
    }

    pub(super) fn unsubscribe(&mut self, kind: ResourceType, name: &str) {
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
        self.hold(kind, name, None);
        self.waiting.forget(&key(kind, name));
        self.told.push(key(kind, name));
        let subscription = &mut self.subscriptions[kind];
        subscription.doubts.remove(name);
        subscription.refused.remove(name);
        subscription.pending.remove(name);
        subscription.postponed.remove(name);
    }
}
