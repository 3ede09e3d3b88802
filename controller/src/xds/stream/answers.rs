//! What Envoy says of the responses: it takes them, or refuses one and what follows from that.

use isoline_translator::{Resource, ResourceKey, ResourceType};

use super::{
    Refusal, Stream, key,
    subscription::{Held, Items},
};

impl Stream {
    pub(super) fn on_answer(&mut self, kind: ResourceType, nonce: &str, error: Option<String>) {
        let subscription = &mut self.subscriptions[kind];
        let Some(in_flight) = subscription.in_flight.take_if(|in_flight| in_flight.nonce == nonce) else {
            return;
        };
        let sole = in_flight.sole;
        let (items, unwanted): (Items, Items) = in_flight
            .items
            .into_iter()
            .partition(|(name, _)| subscription.wants(name));
        for (name, item) in unwanted {
            self.land(&key(kind, &name), item.as_deref());
        }
        match error {
            None => self.on_ack(kind, items),
            Some(message) if sole => self.on_refusal(kind, items, &message),
            Some(_) => self.halve(kind, items),
        }
    }

    fn on_ack(&mut self, kind: ResourceType, items: Items) {
        for (name, item) in items {
            let subscription = &mut self.subscriptions[kind];
            subscription.doubts.remove(&name);
            subscription.refused.remove(&name);
            self.tell(kind, &name);
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
            self.tell(kind, &name);
            self.land(&key(kind, &name), item.as_deref());
        }
    }

    /// Envoy has answered on that name, and nothing has come since.
    fn tell(&mut self, kind: ResourceType, name: &str) {
        if !self.subscriptions[kind].pending.contains(name) {
            self.told.push(key(kind, name));
        }
    }

    fn refusal(&self, key: ResourceKey, item: Option<&Resource>, message: &str) -> Refusal {
        let held = self.subscriptions[key.kind].acknowledged(&key.name).map(AsRef::as_ref);
        let origin = item
            .or(held)
            .map(|resource| resource.origin.clone())
            .unwrap_or_default();
        let version = item.map(|resource| resource.version.clone());
        let message = without_body(message).to_owned();
        Refusal {
            key,
            version,
            origin,
            message,
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
}

/// Envoy's reason without the copy of the resource before it, which may hold a private key.
pub(super) fn without_body(message: &str) -> &str {
    message
        .find("Proto constraint validation failed")
        .map_or(message, |start| &message[start..])
}
