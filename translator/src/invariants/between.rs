//! What must hold between resources: what a scope asks for is there wherever its requests come in.

use std::collections::{BTreeMap, BTreeSet};

use isoline_envoy_api::envoy::{
    config::{
        core::v3::TypedExtensionConfig,
        listener::v3::Listener,
        route::v3::{RouteConfiguration, ScopedRouteConfiguration, scoped_route_configuration::key::fragment},
    },
    extensions::{
        filters::http::{
            filter_chain::v3::FilterChainConfig,
            jwt_authn::v3::{JwtAuthentication, PerRouteConfig, per_route_config::RequirementSpecifier},
        },
        filters::network::http_connection_manager::v3::HttpConnectionManager,
    },
};
use isoline_policy::handover;
use prost::Message;

use super::{listener, scheme, scope};
use crate::{
    envoy::{AUTHORIZATION_FILTER, AUTHORIZATION_NAMESPACE, JWT_FILTER},
    resource::{Resource, ResourceKey, ResourceType},
};

type Resources = BTreeMap<ResourceKey, Resource>;

pub(super) fn check(resources: &Resources, found: &mut Vec<String>) {
    let entrances = entrances(resources);
    let silent = silent_entrances(resources);
    let requirements = requirements(resources);
    let filters = authorization_filters(resources);
    for (key, resource) in of_kind(resources, ResourceType::Scope) {
        let scope = scope::decode(resource);
        let mut report = |rule: &str| found.push(format!("{:?} {}: {rule}", key.kind, key.name));
        let routes = scope.route_configuration.clone().unwrap_or_default();
        match entrances.get(&prefix(&scope)) {
            None => report("cannot be reached"),
            Some(on) if !asked_for(&routes).is_subset(on) => report("asks for a filter that some chain does not have"),
            Some(_) => {}
        }
        if silent.contains(&prefix(&scope)) && !scheme::is_told(&routes) {
            report("has a route whose backend is not told the client's scheme");
        }
        if !required(&routes).is_subset(&requirements) {
            report("requires a token of nobody");
        }
        if !chosen(&routes).is_subset(&filters) {
            report("wants to be judged by a filter that is not there");
        }
    }
}

fn of_kind(resources: &Resources, kind: ResourceType) -> impl Iterator<Item = (&ResourceKey, &Resource)> {
    resources.iter().filter(move |(key, _)| key.kind == kind)
}

/// The filters that are on in every chain of an entrance, by what its keys begin with.
fn entrances(resources: &Resources) -> BTreeMap<String, BTreeSet<String>> {
    let mut entrances: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, manager) in managers(resources) {
        let on: BTreeSet<_> = listener::enabled(&manager).into_iter().map(str::to_owned).collect();
        let so_far = entrances.entry(made_prefix(&manager)).or_insert_with(|| on.clone());
        so_far.retain(|filter| on.contains(filter));
    }
    entrances
}

/// Those at which nobody but the scope tells backends the client's scheme.
fn silent_entrances(resources: &Resources) -> BTreeSet<String> {
    let silent = managers(resources).filter(|(listener, manager)| scheme::is_left_to_scopes(listener, manager));
    silent.map(|(_, manager)| made_prefix(&manager)).collect()
}

fn managers(resources: &Resources) -> impl Iterator<Item = (Listener, HttpConnectionManager)> {
    let listeners = of_kind(resources, ResourceType::Listener).map(|(_, resource)| listener::decode(resource));
    listeners.flat_map(|listener| {
        let managers: Vec<_> = listener::scoped(&listener).collect();
        managers.into_iter().map(move |manager| (listener.clone(), manager))
    })
}

/// What the keys begin with that a chain makes.
fn made_prefix(manager: &HttpConnectionManager) -> String {
    let made = listener::written_early(manager).find(|header| header.key == handover::SCOPE_HEADER);
    before_bar(&made.unwrap_or_default().value)
}

fn prefix(scope: &ScopedRouteConfiguration) -> String {
    let fragment = scope.key.as_ref().and_then(|key| key.fragments.first());
    match fragment.and_then(|fragment| fragment.r#type.as_ref()) {
        Some(fragment::Type::StringKey(key)) => before_bar(key),
        None => String::new(),
    }
}

fn before_bar(key: &str) -> String {
    key.split('|').next().unwrap_or_default().to_owned()
}

/// The filters that hosts and routes switch on; those of the authorization chain are inside another.
fn asked_for(routes: &RouteConfiguration) -> BTreeSet<String> {
    let inner = format!("{AUTHORIZATION_NAMESPACE}/");
    let names = scope::more_specific(routes).flat_map(BTreeMap::keys);
    names.filter(|name| !name.starts_with(&inner)).cloned().collect()
}

fn required(routes: &RouteConfiguration) -> BTreeSet<String> {
    let configs = scope::more_specific(routes).filter_map(|configs| configs.get(JWT_FILTER));
    let configs = configs.filter_map(|any| scope::filter_config(any)?.config);
    let configs = configs.filter_map(|any| PerRouteConfig::decode(any.value.as_slice()).ok());
    let names = configs.filter_map(|config| match config.requirement_specifier {
        Some(RequirementSpecifier::RequirementName(name)) => Some(name),
        _ => None,
    });
    names.collect()
}

fn requirements(resources: &Resources) -> BTreeSet<String> {
    let config: JwtAuthentication = extension(resources, JWT_FILTER);
    config.requirement_map.into_keys().collect()
}

/// The filters that routes want to be judged by, in metadata and with their settings.
fn chosen(routes: &RouteConfiguration) -> BTreeSet<String> {
    let routes = routes.virtual_hosts.iter().flat_map(|host| &host.routes);
    let names = routes.filter_map(|route| scope::text(route, AUTHORIZATION_NAMESPACE, "filter").map(|id| (route, id)));
    let names = names.map(|(route, id)| {
        let name = format!("{AUTHORIZATION_NAMESPACE}/{id}");
        if route.typed_per_filter_config.contains_key(&name) {
            name
        } else {
            String::new()
        }
    });
    names.collect()
}

fn authorization_filters(resources: &Resources) -> BTreeSet<String> {
    let config: FilterChainConfig = extension(resources, AUTHORIZATION_FILTER);
    let filters = config.default_filter_chain.unwrap_or_default().filters;
    filters.into_iter().map(|filter| filter.name).collect()
}

fn extension<M: Message + Default>(resources: &Resources, name: &str) -> M {
    let key = ResourceKey {
        kind: ResourceType::Extension,
        name: name.to_owned(),
    };
    let bytes = |resource: &Resource| {
        TypedExtensionConfig::decode(resource.body.value.as_slice())
            .ok()?
            .typed_config
    };
    let any = resources.get(&key).and_then(bytes).unwrap_or_default();
    M::decode(any.value.as_slice()).unwrap_or_default()
}
