//! Policies in Envoy's words: each is a filter that is on in every listener, does nothing there, is off in every route
//! configuration, and is on again with a host's or a route's own settings.

mod authorization;
mod clients;
mod cors;
pub(super) mod filter;
mod ip_filter;
mod jwt;
mod local_rate_limit;
mod rate_limit;

use std::collections::BTreeMap;

use isoline_envoy_api::{
    Any,
    envoy::{
        config::core::v3::{ExtensionConfigSource, Metadata},
        extensions::filters::network::http_connection_manager::v3::{HttpFilter, http_filter},
    },
};
use isoline_policy::handover;
use prost::Name;

pub(crate) use authorization::{
    AuthorizationFilter, NAME as AUTHORIZATION_FILTER, NAMESPACE as AUTHORIZATION_NAMESPACE, extension as authorization,
};
pub(super) use clients::{Clients, of_unknown_paths};
pub(crate) use clients::{access, lists_of_route};
pub(super) use ip_filter::network_filter as tcp_ip_filter;
pub(crate) use jwt::{NAME as JWT_FILTER, jwt_authn};
pub(crate) use rate_limit::NAME as RATE_LIMIT_FILTER;
pub(super) use rate_limit::rate_limits;

use super::{guard::Guard, words};
use crate::{
    extension::Services,
    model::{Route, VirtualHost},
    settings::Settings,
};

/// All of them; the last is there where the operator names a service.
pub(crate) const NAMES: [&str; 8] = [
    cors::NAME,
    local_rate_limit::NAME,
    ip_filter::NAME,
    handover::FACTS,
    handover::FILTER_NAME,
    jwt::NAME,
    authorization::NAME,
    rate_limit::NAME,
];

/// The names of the filters, in their order.
pub(super) fn names(settings: &Settings) -> impl Iterator<Item = &'static str> {
    let limits = settings.rate_limit_service.is_some();
    NAMES
        .into_iter()
        .filter(move |name| limits || *name != rate_limit::NAME)
}

/// The filters of every HTTP connection manager.
pub(super) fn http_filters(services: &Services, settings: &Settings) -> Vec<HttpFilter> {
    let always = [
        cors::http_filter(),
        local_rate_limit::http_filter(),
        ip_filter::http_filter(),
        filter::facts_filter(),
        filter::http_filter(),
        jwt::http_filter(),
        authorization::http_filter(),
    ];
    let limit = settings.rate_limit_service.as_ref().zip(services.rate_limit.as_ref());
    let limit = limit.map(|(settings, service)| rate_limit::http_filter(settings, service));
    always.into_iter().chain(limit).collect()
}

/// `typed_per_filter_config` of a host: also in force on paths that no route takes.
pub(super) fn of_host(host: &VirtualHost, settings: &Settings) -> BTreeMap<String, Any> {
    let cors = host.cors.as_ref().map(cors::on);
    let limit = host.local_rate_limit.as_ref().map(local_rate_limit::on);
    let addresses = clients::of_host(host, &settings.load_balancer);
    let descriptors = !host.rate_limits.is_empty() && settings.rate_limit_service.is_some();
    let descriptors = descriptors.then(rate_limit::on);
    [cors, limit, addresses, descriptors].into_iter().flatten().collect()
}

/// `typed_per_filter_config` of a route, each replacing its host's. Tokens and authorization are asked for where a request
/// may get to what the route does.
pub(super) fn of_route(
    route: &Route,
    clients: &Clients<'_>,
    guard: Guard,
    settings: &Settings,
) -> BTreeMap<String, Any> {
    let limit = route.local_rate_limit.as_ref().map(local_rate_limit::on);
    let mut configs: BTreeMap<_, _> = [limit, clients.rbac()].into_iter().flatten().collect();
    if guard.lets_pass() {
        configs.extend(route.jwt.as_deref().map(jwt::on));
        configs.extend(route.authorization.iter().flat_map(authorization::on));
        let limits = &route.rate_limits;
        if settings.rate_limit_service.is_some() && (limits.ignore_host || !limits.descriptors.is_empty()) {
            configs.extend([rate_limit::on_route(limits)]);
        }
    }
    configs
}

/// What filters read of a route.
pub(super) fn metadata(route: &Route, clients: &Clients<'_>, guard: Guard) -> Metadata {
    let mut metadata = Metadata::default();
    metadata.filter_metadata.extend(clients.metadata());
    if guard.lets_pass() {
        metadata.filter_metadata.extend(filter::cookies(route));
        let authorization = route.authorization.as_ref().map(authorization::metadata);
        metadata.filter_metadata.extend(authorization);
    }
    metadata
}

/// A filter that Envoy asks for by extension config discovery, so that a change of it touches no listener.
fn discovered<M: Name>(name: &str) -> HttpFilter {
    let source = ExtensionConfigSource {
        config_source: Some(words::ads()),
        type_urls: vec![M::type_url()],
        ..Default::default()
    };
    HttpFilter {
        name: name.to_owned(),
        config_type: Some(http_filter::ConfigType::ConfigDiscovery(source)),
        ..Default::default()
    }
}
