//! Extension services: what Envoy itself asks, to authorize, to limit and to trace.

use std::collections::BTreeMap;

use crate::{
    inputs::Reader,
    model::{Cluster, Timeout},
    object::{NamespacedName, ObjectRef},
    status::Findings,
};

/// An ExtensionService that can be used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Extension {
    pub(crate) cluster: Cluster,
    /// The authority under which it is called.
    pub(crate) authority: String,
    /// How long it may take unless who asks says otherwise.
    pub(crate) timeout: Timeout,
}

/// What the listeners ask of extension services, by the operator's settings.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Services {
    pub(crate) rate_limit: Option<Extension>,
    pub(crate) tracing: Option<Extension>,
}

impl Services {
    pub(crate) fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        let all = [&self.rate_limit, &self.tracing];
        all.into_iter().flatten().map(|extension| &extension.cluster)
    }
}

/// What is wrong with one, under its name.
pub(crate) fn findings(_name: &NamespacedName, _reader: &Reader<'_>) -> BTreeMap<ObjectRef, Findings> {
    BTreeMap::new()
}

/// Those that the operator's settings name.
pub(crate) fn services(_reader: &Reader<'_>) -> Services {
    Services::default()
}
