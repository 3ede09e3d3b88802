//! Scoped route configurations: one for each host at each entrance, found by an exact key.

use std::collections::BTreeSet;

use isoline_envoy_api::envoy::config::{
    core::v3::header_value_option::HeaderAppendAction,
    route::v3::{
        RouteConfiguration, ScopedRouteConfiguration, VirtualHost,
        scoped_route_configuration::{Key, key},
    },
};
use isoline_policy::handover;

use super::{
    entrance::Entrance,
    fallback, format,
    guard::{Guard, guarded},
    policy, route, scheme,
    words::off,
};
use crate::{
    model::{self, Secure},
    object::{Kind, ObjectRef},
    resource::{Resource, ResourceKey, ResourceType, short_id},
    settings::Settings,
};

/// The scopes of one host: one for each entrance that leads to it.
pub(crate) fn host_scopes(host: &model::VirtualHost, settings: &Settings) -> Vec<(ResourceKey, Resource)> {
    entrances(host, settings)
        .iter()
        .filter_map(|entrance| host_scope(host, entrance, settings))
        .collect()
}

/// Where the routes of a host are, if they are there for that listener at all.
pub(crate) fn entrances(host: &model::VirtualHost, settings: &Settings) -> Vec<Entrance> {
    if host.routes.is_empty() {
        return Vec::new();
    }
    let offloads = settings.listeners.tls_offload.enabled && !matches!(host.secure, Some(Secure::Tcp { .. }));
    let mut entrances = vec![Entrance::Http];
    entrances.extend(offloads.then_some(Entrance::TlsOffload));
    if let Some(Secure::Routes(tls)) = &host.secure {
        entrances.push(Entrance::of_profile(&tls.profile, settings));
        entrances.extend(tls.usable_fallback(settings).map(|_| Entrance::Fallback));
    }
    entrances
}

/// The scopes that an entrance has without any host: 404 for a host that nobody serves, and 421 for one that should be
/// the SNI and is not.
pub(crate) fn standing_scopes(entrance: &Entrance, settings: &Settings) -> Vec<(ResourceKey, Resource)> {
    let not_found = (entrance.not_found(), "not-found", 404);
    let misdirected = entrance
        .compares_sni()
        .then(|| (entrance.misdirected(), "misdirected", 421));
    let scopes = [not_found].into_iter().chain(misdirected);
    scopes
        .map(|(key, name, status)| {
            let host = VirtualHost {
                name: name.to_owned(),
                routes: vec![route::respond_to_all(status)],
                ..Default::default()
            };
            let routes = route_configuration(&key, host, settings);
            scope(key, routes)
        })
        .collect()
}

/// A host without a route at an entrance leaves it to the wildcard that it is under.
fn host_scope(host: &model::VirtualHost, entrance: &Entrance, settings: &Settings) -> Option<(ResourceKey, Resource)> {
    let key = entrance.key(&host.fqdn);
    let listener = entrance.listener();
    let guarded: Vec<_> = guarded(host, listener, &settings.load_balancer).collect();
    if guarded.is_empty() {
        return None;
    }
    let routes = guarded
        .iter()
        .map(|(route, guard)| route::route(host, route, *guard, entrance, settings));
    let virtual_host = VirtualHost {
        name: host.fqdn.clone(),
        routes: routes.chain([route::not_found(host, settings)]).collect(),
        typed_per_filter_config: policy::of_host(host, settings),
        rate_limits: policy::rate_limits(&host.rate_limits),
        ..Default::default()
    };
    let mut routes = route_configuration(&key, virtual_host, settings);
    routes
        .request_headers_to_add
        .extend(scheme::of_scope(listener, &settings.load_balancer));
    let (key, mut resource) = scope(key, routes);
    resource.needs = clusters(&guarded);
    resource.origin = origin(host, &guarded);
    Some((key, resource))
}

/// Only what the bytes refer to: a route that redirects to https needs no cluster.
fn clusters(guarded: &[(&model::Route, Guard)]) -> Vec<String> {
    let passed = guarded.iter().filter(|(_, guard)| guard.lets_pass());
    let clusters = passed.flat_map(|(route, _)| route.clusters());
    let mut names: Vec<_> = clusters.map(model::Cluster::name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The root, and the Ingresses whose routes stand in the bytes.
fn origin(host: &model::VirtualHost, guarded: &[(&model::Route, Guard)]) -> Vec<ObjectRef> {
    let routes = guarded.iter().map(|(route, _)| &route.origin);
    let ingresses = routes.filter(|origin| origin.kind == Kind::Ingress);
    let all: BTreeSet<_> = host.origin.iter().chain(ingresses).cloned().collect();
    all.into_iter().collect()
}

/// The scope of a host at an entrance.
pub(crate) fn scope_key(entrance: &Entrance, host: &str) -> ResourceKey {
    resource_key(&entrance.key(host))
}

/// The name is short because Envoy pays for each byte of it on every change; the key says what it is.
fn resource_key(key: &str) -> ResourceKey {
    ResourceKey {
        kind: ResourceType::Scope,
        name: short_id(key.as_bytes()),
    }
}

fn scope(key: String, routes: RouteConfiguration) -> (ResourceKey, Resource) {
    let of_scope = resource_key(&key);
    let fragment = key::Fragment {
        r#type: Some(key::fragment::Type::StringKey(key)),
    };
    let message = ScopedRouteConfiguration {
        name: of_scope.name.clone(),
        key: Some(Key {
            fragments: vec![fragment],
        }),
        route_configuration: Some(routes),
        ..Default::default()
    };
    (of_scope, Resource::new(&message))
}

fn route_configuration(name: &str, virtual_host: VirtualHost, settings: &Settings) -> RouteConfiguration {
    let filters = [fallback::NAME].into_iter();
    let filters = filters.chain(policy::names(settings));
    RouteConfiguration {
        name: name.to_owned(),
        virtual_hosts: vec![VirtualHost {
            domains: vec!["*".to_owned()],
            ..virtual_host
        }],
        typed_per_filter_config: filters.map(off).collect(),
        // When Envoy took the request on, for backends that measure queueing.
        request_headers_to_add: vec![format::set(
            "x-request-start",
            "t=%START_TIME(%s.%3f)%",
            HeaderAppendAction::AppendIfExistsOrAdd,
        )],
        request_headers_to_remove: [handover::SCOPE_HEADER, handover::FORWARDED_PROTO_HEADER]
            .map(str::to_owned)
            .into(),
        ..Default::default()
    }
}
