//! What must hold of every configuration that leaves the translator, whatever the objects say.
//!
//! Held in every golden case and property test, and after every change in debug builds.

use std::collections::BTreeMap;

use isoline_envoy_api::envoy::{
    config::{
        listener::v3::{Listener, filter},
        route::v3::{FilterConfig, Route, ScopedRouteConfiguration},
    },
    extensions::filters::network::http_connection_manager::v3::HttpConnectionManager,
};
use isoline_policy::{RoutePolicy, handover};
use prost::{Message, Name};

use crate::{
    envoy::FALLBACK_FILTER,
    resource::{Resource, ResourceChange, ResourceKey, ResourceType},
    translation::Translation,
};

/// The rules that a configuration breaks; there should be none.
pub fn invariant_violations(translation: &Translation) -> Vec<String> {
    let changes = translation.resources.iter().map(|(key, resource)| ResourceChange {
        key: key.clone(),
        resource: Some(resource.clone()),
    });
    violations(&changes.collect::<Vec<_>>(), &translation.resources)
}

/// The rules that a set of changes breaks, given the names of everything that is there after it.
pub(crate) fn violations<T>(changes: &[ResourceChange], all: &BTreeMap<ResourceKey, T>) -> Vec<String> {
    let mut found = Vec::new();
    for ResourceChange { key, resource } in changes {
        let Some(resource) = resource else { continue };
        let mut report = |rule: &str| found.push(format!("{:?} {}: {rule}", key.kind, key.name));
        if resource
            .needs
            .iter()
            .any(|cluster| !exists(all, ResourceType::Cluster, cluster))
        {
            report("needs a cluster that is not there");
        }
        if resource
            .endpoints
            .as_ref()
            .is_some_and(|name| !exists(all, ResourceType::Endpoints, name))
        {
            report("has no endpoints resource");
        }
        match key.kind {
            ResourceType::Scope => check_scope(resource, &mut report),
            ResourceType::Listener => check_listener(resource, &mut report),
            _ => {}
        }
    }
    found
}

fn exists<T>(all: &BTreeMap<ResourceKey, T>, kind: ResourceType, name: &str) -> bool {
    all.contains_key(&ResourceKey {
        kind,
        name: name.to_owned(),
    })
}

fn check_scope(resource: &Resource, report: &mut impl FnMut(&str)) {
    let scope = ScopedRouteConfiguration::decode(resource.body.value.as_slice()).unwrap_or_default();
    let Some(routes) = scope.route_configuration else {
        return report("has no inline route configuration");
    };
    if scope.name.len() > 22 {
        report("has a name that makes every change dear");
    }
    for filter in [FALLBACK_FILTER, handover::FILTER_NAME] {
        let config = routes.typed_per_filter_config.get(filter);
        let disabled = config
            .and_then(|any| FilterConfig::decode(any.value.as_slice()).ok())
            .is_some_and(|config| config.disabled);
        if !disabled {
            report("leaves a filter on for all its routes");
        }
    }
    for header in [handover::SCOPE_HEADER, handover::FORWARDED_PROTO_HEADER] {
        if !routes.request_headers_to_remove.iter().any(|removed| removed == header) {
            report("sends an internal header upstream");
        }
    }
    for route in routes.virtual_hosts.iter().flat_map(|host| &host.routes) {
        check_route(route, report);
    }
}

/// A route has a policy exactly if it has the filter, and the filter understands it.
fn check_route(route: &Route, report: &mut impl FnMut(&str)) {
    let metadata = route
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.filter_metadata.get(handover::METADATA_NAMESPACE));
    let filter = route.typed_per_filter_config.get(handover::FILTER_NAME);
    let is_on = filter
        .and_then(|any| FilterConfig::decode(any.value.as_slice()).ok())
        .is_some_and(|config| !config.disabled);
    if metadata.is_some() != is_on {
        report("has a route with a policy and no filter, or a filter and no policy");
    }
    let text = metadata
        .and_then(|fields| fields.fields.get(handover::METADATA_KEY))
        .and_then(|value| match &value.kind {
            Some(isoline_envoy_api::value::Kind::StringValue(text)) => Some(text),
            _ => None,
        });
    if metadata.is_some()
        && text
            .and_then(|text| serde_json::from_str::<RoutePolicy>(text).ok())
            .is_none()
    {
        report("has a policy that the filter does not understand");
    }
}

/// The policy filter is on in every HTTP chain, after the fallback, in a chain whose name tells the filter its listener.
fn check_listener(resource: &Resource, report: &mut impl FnMut(&str)) {
    let listener = Listener::decode(resource.body.value.as_slice()).unwrap_or_default();
    for chain in &listener.filter_chains {
        for filter in &chain.filters {
            let Some(filter::ConfigType::TypedConfig(any)) = &filter.config_type else {
                continue;
            };
            if any.type_url != HttpConnectionManager::type_url() {
                continue;
            }
            let manager = HttpConnectionManager::decode(any.value.as_slice()).unwrap_or_default();
            let names: Vec<_> = manager
                .http_filters
                .iter()
                .filter(|filter| !filter.disabled)
                .map(|filter| filter.name.as_str())
                .collect();
            if !names.starts_with(&[FALLBACK_FILTER, handover::FILTER_NAME]) {
                report("has an HTTP chain without the policy filter");
            }
            if handover::listener_of_chain(&chain.name).is_none() {
                report("has an HTTP chain that the policy filter does not know");
            }
        }
    }
}
