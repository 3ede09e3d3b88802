//! What one batch may have changed, to be held against what was.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    envoy::{AuthorizationFilter, Chain},
    model::{Assignment, Cluster, JwtProvider, SecretUse},
    object::{NamespacedName, ObjectRef},
    resource::{Resource, ResourceKey},
};

#[derive(Default)]
pub(super) struct Edit {
    resources: BTreeMap<ResourceKey, Option<Resource>>,
    pub(super) clusters: BTreeSet<Cluster>,
    pub(super) assignments: BTreeSet<Assignment>,
    pub(super) secrets: BTreeSet<SecretUse>,
    pub(super) chains_left: BTreeSet<(Chain, String)>,
    pub(super) chains_joined: BTreeSet<(Chain, String)>,
    pub(super) jwt_left: BTreeMap<String, JwtProvider>,
    pub(super) jwt_joined: BTreeMap<String, JwtProvider>,
    pub(super) authorization_filters: BTreeSet<AuthorizationFilter>,
    pub(super) subjects: BTreeSet<ObjectRef>,
    /// Whether something looked up these Secrets before.
    pub(super) secrets_read: BTreeMap<NamespacedName, bool>,
    /// Whether what the listeners bring may be something else, whoever joins or leaves their chains.
    pub(super) renews_listeners: bool,
}

impl Edit {
    pub(super) fn put(&mut self, (key, resource): (ResourceKey, Resource)) {
        self.resources.insert(key, Some(resource));
    }

    pub(super) fn remove(&mut self, key: ResourceKey) {
        self.resources.insert(key, None);
    }

    /// Removes a resource unless this batch has put another one in its place.
    pub(super) fn remove_unless_put(&mut self, key: ResourceKey) {
        self.resources.entry(key).or_insert(None);
    }

    /// A host that leaves a chain and joins it again, as every TLS host does whose routes change, touches no listener.
    /// Nor does one that stands in none.
    pub(super) fn touches_listeners(&self, stands: impl Fn(&Chain, &str) -> bool) -> bool {
        let stands = |(chain, host): &&(Chain, String)| stands(chain, host);
        let (left, joined) = (self.chains_left.iter(), self.chains_joined.iter());
        self.renews_listeners || left.filter(stands).ne(joined.filter(stands))
    }

    /// Listeners wait for it from the first.
    pub(super) fn touches_jwt(&self) -> bool {
        self.renews_listeners || self.jwt_left != self.jwt_joined
    }

    pub(super) fn into_resources(self) -> BTreeMap<ResourceKey, Option<Resource>> {
        self.resources
    }
}
