//! What one Envoy asked for, holds and was sent, for one resource type.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use isoline_envoy_api::envoy::service::discovery::v3::{self as discovery, DeltaDiscoveryResponse};
use isoline_translator::{Resource, ResourceType};

use super::{Refusal, renewed::renewed};

/// What Envoy has of one name.
#[derive(Debug)]
pub(super) enum Held {
    /// It asked and is owed an answer; what it may have had under that name does not count.
    Asked,
    /// It has some version that is not ours to look at any more.
    Unknown,
    /// It acknowledged this.
    Known(Arc<Resource>),
}

impl Held {
    /// The clusters that the held version needs, if they are known.
    pub(super) fn needs(&self) -> Option<&[String]> {
        match self {
            Self::Known(resource) => Some(&resource.needs),
            Self::Asked | Self::Unknown => None,
        }
    }
}

/// What a response says: each name with its resource, or with nothing if it is removed.
pub(super) type Items = BTreeMap<String, Option<Arc<Resource>>>;

/// A response that Envoy has not answered yet.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) nonce: String,
    /// Whether it was sent with one item only, so that a refusal means that item.
    pub(super) sole: bool,
    pub(super) items: Items,
}

impl InFlight {
    pub(super) fn new(nonce: String, items: Items) -> Self {
        Self {
            nonce,
            sole: items.len() == 1,
            items,
        }
    }
}

/// How Envoy began to speak of a type on this stream.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// It has not yet.
    #[default]
    None,
    /// It has nothing.
    Fresh,
    /// It came back with resources of an earlier stream.
    Resumed,
}

/// The state of one type within a stream.
#[derive(Debug, Default)]
pub(super) struct Subscription {
    pub(super) opening: Opening,
    /// Whether a first answer is owed even if there is nothing to say: Envoy's start-up waits for it.
    pub(super) greeting: bool,
    pub(super) wildcard: bool,
    pub(super) names: BTreeSet<String>,
    pub(super) held: BTreeMap<String, Held>,
    /// What Envoy may have taken of refused responses, as versions or removals, instead of what it held before.
    pub(super) doubts: BTreeMap<String, BTreeSet<Option<String>>>,
    /// The halves of refused responses that are still to be sent.
    pub(super) halves: VecDeque<Vec<String>>,
    pub(super) refused: BTreeMap<String, Refusal>,
    /// Names to look at before the next response.
    pub(super) pending: BTreeSet<String>,
    /// Names that are gone but cannot be removed from Envoy yet.
    pub(super) postponed: BTreeSet<String>,
    /// Whether removals were allowed at the last look.
    pub(super) removable: bool,
    pub(super) in_flight: Option<InFlight>,
}

impl Subscription {
    /// Whether Envoy has spoken of this type.
    pub(super) fn is_started(&self) -> bool {
        self.opening != Opening::None
    }

    /// Whether Envoy asked for that name.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.wildcard || self.names.contains(name)
    }

    /// Every name that there is anything to remember of.
    pub(super) fn touched(&self) -> BTreeSet<String> {
        let sent = self.in_flight.iter().flat_map(|in_flight| in_flight.items.keys());
        let names = self
            .held
            .keys()
            .chain(self.doubts.keys())
            .chain(self.refused.keys())
            .chain(sent);
        names.chain(&self.pending).chain(&self.postponed).cloned().collect()
    }

    /// What Envoy surely has of that name.
    pub(super) fn acknowledged(&self, name: &str) -> Option<&Arc<Resource>> {
        match self.held.get(name) {
            Some(Held::Known(resource)) if !self.doubts.contains_key(name) => Some(resource),
            _ => None,
        }
    }

    /// Whether there is nothing left to tell Envoy about that name, with `target` as the latest state.
    pub(super) fn is_told(&self, name: &str, target: Option<&Resource>) -> bool {
        let version = target.map(|resource| &resource.version);
        match self.held.get(name) {
            Some(Held::Asked) => false,
            _ if self.has_refused(name, version) => true,
            _ if self.doubts.contains_key(name) => false,
            Some(Held::Known(held)) => Some(&held.version) == version,
            Some(Held::Unknown) => false,
            None => target.is_none(),
        }
    }

    /// Whether Envoy refused that version, or the removal, of a name.
    pub(super) fn has_refused(&self, name: &str, version: Option<&String>) -> bool {
        self.refused
            .get(name)
            .is_some_and(|refusal| refusal.version.as_ref() == version)
    }

    /// Notes a refusal that may not have been meant for this item.
    pub(super) fn doubt(&mut self, name: &str, item: Option<&Resource>) {
        self.doubts
            .entry(name.to_owned())
            .or_default()
            .insert(item.map(|resource| resource.version.clone()));
    }

    /// Notes a refusal that was meant for this one, which Envoy has therefore never taken.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        let name = &refusal.key.name;
        if let Some(doubts) = self.doubts.get_mut(name) {
            doubts.remove(&refusal.version);
            if doubts.is_empty() {
                self.doubts.remove(name);
            }
        }
        self.refused.insert(name.clone(), refusal);
    }

    /// The message for what is in flight, to an Envoy that is new or has returned.
    pub(super) fn response(&self, kind: ResourceType, returned: bool) -> Option<DeltaDiscoveryResponse> {
        let InFlight { nonce, items, .. } = self.in_flight.as_ref()?;
        let mut response = DeltaDiscoveryResponse {
            type_url: kind.type_url(),
            nonce: nonce.clone(),
            ..DeltaDiscoveryResponse::default()
        };
        for (name, item) in items {
            let Some(resource) = item else {
                response.removed_resources.push(name.clone());
                continue;
            };
            let is_stale = kind == ResourceType::Scope && self.may_be_remembered(name, returned);
            let body = if is_stale {
                renewed(&resource.body, nonce)
            } else {
                resource.body.clone()
            };
            response.resources.push(discovery::Resource {
                name: name.clone(),
                version: resource.version.clone(),
                resource: Some(body),
                ..discovery::Resource::default()
            });
        }
        Some(response)
    }

    /// Whether Envoy may remember something of that name from a response that it refused, on this stream or before.
    fn may_be_remembered(&self, name: &str, returned: bool) -> bool {
        let is_known = matches!(self.held.get(name), Some(Held::Known(_)));
        self.doubts.contains_key(name) || (returned && !is_known)
    }

    /// Whether something of that name is on its way.
    pub(super) fn is_in_flight(&self, name: &str) -> bool {
        self.in_flight
            .as_ref()
            .is_some_and(|in_flight| in_flight.items.contains_key(name))
    }

    /// Whether Envoy has acknowledged everything that it was to be sent.
    pub(super) fn is_settled(&self) -> bool {
        self.is_started()
            && self.in_flight.is_none()
            && self.pending.is_empty()
            && self.doubts.is_empty()
            && self.refused.is_empty()
    }

    /// Looks at postponed removals again if they are allowed now and were not before.
    pub(super) fn allow_removals(&mut self, allowed: bool) -> bool {
        let opened = allowed && !self.removable;
        self.removable = allowed;
        if opened {
            self.pending.append(&mut self.postponed);
        }
        opened && !self.pending.is_empty()
    }
}
