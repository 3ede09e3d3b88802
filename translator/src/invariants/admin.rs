//! What must hold of Envoy's own listeners.

use std::net::IpAddr;

use isoline_envoy_api::envoy::{
    config::{
        core::v3::address,
        listener::v3::{FilterChain, Listener},
        route::v3::{
            Route, RouteAction, RouteConfiguration, RouteMatch, header_matcher::HeaderMatchSpecifier, route::Action,
            route_action::ClusterSpecifier, route_match::PathSpecifier,
        },
    },
    extensions::filters::network::http_connection_manager::v3::{
        HttpConnectionManager, http_connection_manager::RouteSpecifier,
    },
    r#type::matcher::v3::string_matcher::MatchPattern,
};

use crate::envoy::{ADMIN_CLUSTER, FOR_EVERYBODY, READABLE};

/// The routes that stand in a listener: only Envoy's own have any.
pub(super) fn routes(manager: &HttpConnectionManager) -> Option<&RouteConfiguration> {
    match &manager.route_specifier {
        Some(RouteSpecifier::RouteConfig(routes)) => Some(routes),
        _ => None,
    }
}

/// They lead to the admin interface, to what may be read there, and nowhere else.
pub(super) fn check(
    listener: &Listener,
    chain: &FilterChain,
    manager: &HttpConnectionManager,
    routes: &RouteConfiguration,
    report: &mut impl FnMut(&str),
) {
    let readable: &[&str] = if is_on_loopback(listener) {
        &READABLE
    } else {
        &FOR_EVERYBODY
    };
    let routes = routes.virtual_hosts.iter().flat_map(|host| &host.routes);
    for route in routes {
        if !leads_to_admin(route) {
            report("leads from Envoy's own listener to elsewhere");
        }
        if !read_path(route).is_some_and(|path| readable.contains(&path)) {
            report("shows more of the admin interface than may be read there");
        }
    }
    let filters = manager.http_filters.iter().map(|filter| filter.name.as_str());
    if chain.filters.len() != 1 || !filters.eq(["envoy.filters.http.router"]) || manager.normalize_path != Some(true) {
        report("has filters on Envoy's own listener, or takes paths as they come");
    }
}

/// Whether a route leads to Envoy's admin interface.
pub(super) fn leads_to_admin(route: &Route) -> bool {
    let Some(Action::Route(RouteAction {
        cluster_specifier: Some(ClusterSpecifier::Cluster(cluster)),
        ..
    })) = &route.action
    else {
        return false;
    };
    cluster == ADMIN_CLUSTER
}

/// The one path that a route takes, if it only lets read.
fn read_path(route: &Route) -> Option<&str> {
    let RouteMatch {
        path_specifier: Some(PathSpecifier::Path(path)),
        headers,
        ..
    } = route.r#match.as_ref()?
    else {
        return None;
    };
    let reads = headers.iter().any(|header| {
        let Some(HeaderMatchSpecifier::StringMatch(text)) = &header.header_match_specifier else {
            return false;
        };
        header.name == ":method" && text.match_pattern == Some(MatchPattern::Exact("GET".to_owned()))
    });
    reads.then_some(path)
}

fn is_on_loopback(listener: &Listener) -> bool {
    let address = listener.address.as_ref().and_then(|address| address.address.as_ref());
    match address {
        Some(address::Address::SocketAddress(socket)) => {
            socket.address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
