//! Scoped route configurations: one for each host on each listener, found by an exact key.

use std::collections::BTreeSet;

use isoline_envoy_api::envoy::config::{
    core::v3::{HeaderValueOption, header_value_option::HeaderAppendAction},
    route::v3::{
        Route, RouteConfiguration, ScopedRouteConfiguration, VirtualHost,
        scoped_route_configuration::{Key, key},
    },
};
use isoline_policy::{Listener, certain_scheme, handover};

use super::{
    fallback, format,
    guard::{Guard, guard},
    off, route, scope_key,
};
use crate::{
    model::{self, Secure},
    object::{Kind, ObjectRef},
    resource::{Resource, ResourceKey, ResourceType, short_id},
    settings::Settings,
};

/// The scopes of one host: one for each listener that serves it.
pub(crate) fn host_scopes(host: &model::VirtualHost, settings: &Settings) -> Vec<(ResourceKey, Resource)> {
    if host.routes.is_empty() {
        return Vec::new();
    }
    let ends_tls = matches!(host.secure, Some(Secure::Routes(_)));
    let offloads = settings.listeners.tls_offload.enabled && !matches!(host.secure, Some(Secure::Tcp { .. }));
    let listeners = [
        (Listener::Http, true),
        (Listener::Https, ends_tls),
        (Listener::TlsOffload, offloads),
    ];
    listeners
        .into_iter()
        .filter(|(_, serves)| *serves)
        .map(|(listener, _)| host_scope(host, listener, settings))
        .collect()
}

/// The scopes that a listener has without any host: 404 for a host that nobody serves, and on TLS 421 for one that is
/// not the SNI.
pub(super) fn standing_scopes(listener: Listener) -> Vec<(ResourceKey, Resource)> {
    let not_found = (scope_key::not_found(listener), "not-found", 404);
    let misdirected = (
        scope_key::of_name(Listener::Https, scope_key::MISDIRECTED),
        "misdirected",
        421,
    );
    let scopes = [not_found]
        .into_iter()
        .chain((listener == Listener::Https).then_some(misdirected));
    scopes
        .map(|(key, name, status)| {
            let routes = route_configuration(&key, name, vec![route::respond_to_all(status)]);
            scope(key, routes)
        })
        .collect()
}

fn host_scope(host: &model::VirtualHost, listener: Listener, settings: &Settings) -> (ResourceKey, Resource) {
    let fqdn = &host.fqdn;
    let key = scope_key::of_name(listener, fqdn);
    let guarded: Vec<_> = host
        .routes
        .iter()
        .map(|route| (route, guard(host, route, listener, &settings.load_balancer)))
        .filter(|(_, guard)| *guard != Guard::Hide)
        .collect();
    let routes = guarded.iter().map(|(route, guard)| route::route(host, route, *guard));
    let mut routes = route_configuration(&key, fqdn, routes.chain([route::respond_to_all(404)]).collect());
    routes
        .request_headers_to_add
        .extend(forwarded_proto(listener, settings));
    let (key, mut resource) = scope(key, routes);
    // Only what these bytes refer to: a route that redirects needs no cluster.
    let forwarding = guarded
        .iter()
        .filter(|(_, guard)| guard.lets_pass())
        .map(|(route, _)| *route);
    resource.needs = forwarding
        .flat_map(model::Route::clusters)
        .map(model::Cluster::name)
        .collect();
    resource.needs.sort();
    resource.needs.dedup();
    resource.origin = origin(host, &guarded);
    (key, resource)
}

/// The root, and the Ingresses whose routes stand in the bytes.
fn origin(host: &model::VirtualHost, guarded: &[(&model::Route, Guard)]) -> Vec<ObjectRef> {
    let routes = guarded.iter().map(|(route, _)| &route.origin);
    let ingresses = routes.filter(|origin| origin.kind == Kind::Ingress);
    let all: BTreeSet<_> = host.origin.iter().chain(ingresses).cloned().collect();
    all.into_iter().collect()
}

/// Envoy sees cleartext behind a load balancer that ended TLS; backends are told what the client used.
fn forwarded_proto(listener: Listener, settings: &Settings) -> Option<HeaderValueOption> {
    let scheme = (listener == Listener::TlsOffload).then(|| certain_scheme(listener, &settings.load_balancer))??;
    Some(format::set(
        "x-forwarded-proto",
        scheme.as_str(),
        HeaderAppendAction::OverwriteIfExistsOrAdd,
    ))
}

/// The name is short because Envoy pays for each byte of it on every change; the key says what it is.
fn scope(key: String, routes: RouteConfiguration) -> (ResourceKey, Resource) {
    let name = short_id(key.as_bytes());
    let fragment = key::Fragment {
        r#type: Some(key::fragment::Type::StringKey(key)),
    };
    let message = ScopedRouteConfiguration {
        name: name.clone(),
        key: Some(Key {
            fragments: vec![fragment],
        }),
        route_configuration: Some(routes),
        ..Default::default()
    };
    (
        ResourceKey {
            kind: ResourceType::Scope,
            name,
        },
        Resource::new(&message),
    )
}

fn route_configuration(name: &str, virtual_host: &str, routes: Vec<Route>) -> RouteConfiguration {
    RouteConfiguration {
        name: name.to_owned(),
        virtual_hosts: vec![VirtualHost {
            name: virtual_host.to_owned(),
            domains: vec!["*".to_owned()],
            routes,
            ..Default::default()
        }],
        typed_per_filter_config: [fallback::NAME, handover::FILTER_NAME].map(off).into(),
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
