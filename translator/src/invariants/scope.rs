//! What must hold of one scope.

use std::collections::BTreeMap;

use isoline_envoy_api::{
    Any,
    envoy::config::route::v3::{FilterConfig, Route, RouteConfiguration, ScopedRouteConfiguration},
};
use isoline_policy::{RoutePolicy, handover};
use prost::Message;

use super::admin;
use crate::{
    envoy::{AUTHORIZATION_NAMESPACE, FALLBACK_FILTER, POLICY_FILTERS, RATE_LIMIT_FILTER},
    resource::Resource,
};

pub(super) type Configs = BTreeMap<String, Any>;

pub(super) fn decode(resource: &Resource) -> ScopedRouteConfiguration {
    ScopedRouteConfiguration::decode(resource.body.value.as_slice()).unwrap_or_default()
}

pub(super) fn check(resource: &Resource, report: &mut impl FnMut(&str)) {
    let scope = decode(resource);
    let Some(routes) = scope.route_configuration else {
        return report("has no inline route configuration");
    };
    if scope.name.len() > 22 {
        report("has a name that makes every change dear");
    }
    check_filters(&routes, report);
    for header in [handover::SCOPE_HEADER, handover::FORWARDED_PROTO_HEADER] {
        if !routes.request_headers_to_remove.iter().any(|removed| removed == header) {
            report("sends an internal header upstream");
        }
    }
    for route in routes.virtual_hosts.iter().flat_map(|host| &host.routes) {
        check_route(route, report);
    }
}

/// Each filter is off for all routes, and on again for some. One that is off for a host or route would run all the same
/// where the fallback found them, with settings that are nobody's.
fn check_filters(routes: &RouteConfiguration, report: &mut impl FnMut(&str)) {
    let policies = POLICY_FILTERS.into_iter().filter(|name| *name != RATE_LIMIT_FILTER);
    for filter in [FALLBACK_FILTER].into_iter().chain(policies) {
        let config = routes.typed_per_filter_config.get(filter).and_then(filter_config);
        if !config.is_some_and(|config| config.disabled) {
            report("leaves a filter on for all its routes");
        }
    }
    for configs in more_specific(routes) {
        if configs
            .values()
            .any(|any| filter_config(any).is_none_or(|config| config.disabled))
        {
            report("switches a filter off for a host or route");
        }
    }
}

/// Of hosts and routes.
pub(super) fn more_specific(routes: &RouteConfiguration) -> impl Iterator<Item = &Configs> {
    let hosts = routes.virtual_hosts.iter();
    hosts.flat_map(|host| {
        let routes = host.routes.iter().map(|route| &route.typed_per_filter_config);
        [&host.typed_per_filter_config].into_iter().chain(routes)
    })
}

pub(super) fn filter_config(any: &Any) -> Option<FilterConfig> {
    FilterConfig::decode(any.value.as_slice()).ok()
}

/// Filters find in a route's metadata what they are on for.
fn check_route(route: &Route, report: &mut impl FnMut(&str)) {
    if admin::leads_to_admin(route) {
        report("leads to the admin interface");
    }
    let metadata = route.metadata.as_ref().map(|metadata| &metadata.filter_metadata);
    let has = |namespace| metadata.is_some_and(|metadata| metadata.contains_key(namespace));
    let is_on = |filter: &str| route.typed_per_filter_config.contains_key(filter);
    let has_policy = has(handover::METADATA_NAMESPACE);
    let has_work = has_policy || has(handover::COOKIES_NAMESPACE);
    if [handover::FACTS, handover::FILTER_NAME]
        .into_iter()
        .any(|filter| is_on(filter) != has_work)
    {
        report("has a route with a policy and no filter, or a filter and no policy");
    }
    if has_policy
        && text(route, handover::METADATA_NAMESPACE, handover::METADATA_KEY)
            .is_none_or(|text| serde_json::from_str::<RoutePolicy>(text).is_err())
    {
        report("has a policy that the filter does not understand");
    }
    if has(AUTHORIZATION_NAMESPACE) != is_on(crate::envoy::AUTHORIZATION_FILTER) {
        report("has a route with authorization and no filter, or a filter and no authorization");
    }
}

/// A text in a route's metadata.
pub(super) fn text<'a>(route: &'a Route, namespace: &str, key: &str) -> Option<&'a str> {
    let fields = &route.metadata.as_ref()?.filter_metadata.get(namespace)?.fields;
    match &fields.get(key)?.kind {
        Some(isoline_envoy_api::value::Kind::StringValue(text)) => Some(text),
        _ => None,
    }
}
