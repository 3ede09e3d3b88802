//! What is translated as a whole, and what it contributes to the configuration.

use std::collections::BTreeSet;

use crate::{
    envoy::{AuthorizationFilter, Chain},
    inputs::Read,
    model::{Cluster, JwtProvider, SecretUse, VirtualHost},
    object::{NamespacedName, ObjectRef},
    resource::ResourceKey,
    settings::Settings,
};

/// Something that is translated as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    /// Everything that claims a host.
    Host(String),
    /// An ExtensionService, for its status: its cluster comes with who uses it.
    Extension(NamespacedName),
    /// What the listeners themselves ask of extension services.
    Listeners,
}

impl Unit {
    /// The host `*`, whose scopes stand where those of hosts that nobody serves stand otherwise.
    pub(super) fn everybody() -> Self {
        Self::Host("*".to_owned())
    }
}

/// What one unit contributes now.
#[derive(Debug, Default)]
pub(super) struct Contribution {
    pub(super) reads: BTreeSet<Read>,
    pub(super) scopes: Vec<ResourceKey>,
    pub(super) clusters: BTreeSet<Cluster>,
    pub(super) secrets: BTreeSet<SecretUse>,
    /// The chains that it needs, and under which host.
    pub(super) chains: Vec<(Chain, String)>,
    pub(super) jwt_providers: Vec<JwtProvider>,
    pub(super) authorization_filters: BTreeSet<AuthorizationFilter>,
    /// The objects that it has an opinion on.
    pub(super) subjects: BTreeSet<ObjectRef>,
}

impl Contribution {
    /// Takes what a host shares with others.
    pub(super) fn take(&mut self, host: VirtualHost, settings: &Settings) {
        self.clusters = host.clusters().cloned().collect();
        self.secrets = host.secrets().collect();
        let chains = Chain::of(&host, settings).into_iter();
        self.chains = chains.map(|chain| (chain, host.fqdn.clone())).collect();
        let authorizations = host.routes.iter().filter_map(|route| route.authorization.as_ref());
        self.authorization_filters = authorizations.map(AuthorizationFilter::of).collect();
        self.jwt_providers = host.jwt_providers;
    }
}
