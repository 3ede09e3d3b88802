//! What must hold of every configuration that leaves the translator, whatever the objects say.
//!
//! Held in every golden case and property test, and after every change in debug builds.

mod admin;
mod between;
mod listener;
mod scheme;
mod scope;

use std::collections::BTreeMap;

use crate::{
    envoy::ADMIN_CLUSTER,
    resource::{Resource, ResourceChange, ResourceKey, ResourceType},
    translation::Translation,
};

/// The rules that a configuration breaks; there should be none.
pub fn invariant_violations(translation: &Translation) -> Vec<String> {
    let changes = translation.resources.iter().map(|(key, resource)| ResourceChange {
        key: key.clone(),
        resource: Some(resource.clone()),
    });
    let mut found = violations(&changes.collect::<Vec<_>>(), &translation.resources);
    between::check(&translation.resources, &mut found);
    found
}

/// The rules that a set of changes breaks by itself, given the names of everything that is there after it.
pub(crate) fn violations<T>(changes: &[ResourceChange], all: &BTreeMap<ResourceKey, T>) -> Vec<String> {
    let exists = |kind, name: &str| {
        let name = name.to_owned();
        all.contains_key(&ResourceKey { kind, name })
    };
    let mut found = Vec::new();
    for ResourceChange { key, resource } in changes {
        let Some(resource) = resource else { continue };
        let mut report = |rule: &str| found.push(format!("{:?} {}: {rule}", key.kind, key.name));
        let needs = &resource.needs;
        if needs.iter().any(|name| !exists(ResourceType::Cluster, name)) {
            report("needs a cluster that is not there");
        }
        let endpoints = resource.endpoints.as_ref();
        if endpoints.is_some_and(|name| !exists(ResourceType::Endpoints, name)) {
            report("has no endpoints resource");
        }
        match key.kind {
            ResourceType::Scope => scope::check(resource, &mut report),
            ResourceType::Listener => listener::check(resource, &mut report),
            ResourceType::Cluster if key.name == ADMIN_CLUSTER => report("stands for the admin interface"),
            _ => {}
        }
        let secrets = references(resource);
        if secrets.iter().any(|name| !exists(ResourceType::Secret, name)) {
            report("needs a secret that is not there");
        }
    }
    found
}

/// The secrets that a resource asks for by name.
fn references(resource: &Resource) -> Vec<String> {
    use isoline_envoy_api::envoy::config::{cluster::v3::Cluster, listener::v3::Listener};
    use prost::Message;
    let bytes = resource.body.value.as_slice();
    let sockets = match ResourceType::from_type_url(&resource.body.type_url) {
        Some(ResourceType::Listener) => {
            let chains = Listener::decode(bytes).unwrap_or_default().filter_chains;
            chains.into_iter().filter_map(|chain| chain.transport_socket).collect()
        }
        Some(ResourceType::Cluster) => Vec::from_iter(Cluster::decode(bytes).unwrap_or_default().transport_socket),
        _ => Vec::new(),
    };
    sockets.iter().flat_map(listener::secrets).collect()
}
