//! Envoy's own listeners: they pass requests for some exact paths on to its admin interface, and answer every other
//! with 404. Nothing of users' hosts is behind them.

mod tls;

use std::net::{IpAddr, Ipv4Addr};

use isoline_envoy_api::{
    any,
    envoy::{
        config::{
            core::v3::TransportSocket,
            listener::v3::{FilterChain, Listener as Message},
            route::v3::{
                HeaderMatcher, Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost,
                header_matcher::HeaderMatchSpecifier, route::Action, route_action::ClusterSpecifier,
                route_match::PathSpecifier,
            },
        },
        extensions::filters::{
            http::router::v3::Router,
            network::http_connection_manager::v3::{HttpConnectionManager, http_connection_manager::RouteSpecifier},
        },
    },
};

use super::socket;
use crate::{
    envoy::{hcm, matchers, words::http_filter},
    resource::{Resource, ResourceKey, ResourceType},
    settings::{Connections, Settings},
};

/// The cluster of the bootstrap that leads to Envoy's admin interface.
pub const CLUSTER: &str = "envoy-admin";

const READY: &str = "/ready";
const STATS: [&str; 2] = ["/stats", "/stats/prometheus"];

/// What the network may read.
pub(crate) const FOR_EVERYBODY: [&str; 3] = [READY, STATS[0], STATS[1]];

/// What the loopback interface may read: all that tells and changes nothing.
pub(crate) const READABLE: [&str; 11] = [
    "/certs",
    "/clusters",
    "/config_dump",
    "/listeners",
    "/memory",
    READY,
    "/runtime",
    "/server_info",
    STATS[0],
    STATS[1],
    "/stats/recentlookups",
];

/// What one of them is for.
struct Purpose {
    name: &'static str,
    stat_prefix: &'static str,
    paths: &'static [&'static str],
    /// Whether connections come in however many there are.
    exempt: bool,
}

const STATS_HEALTH: Purpose = Purpose::new("stats-health", &FOR_EVERYBODY);
const METRICS: Purpose = Purpose::new("stats", &STATS);
const HEALTH: Purpose = Purpose::new("health", &[READY]);
const OM_ENFORCED_HEALTH: Purpose = Purpose {
    exempt: false,
    ..Purpose::new("health-om-enforced", &[READY])
};
const READ_ONLY: Purpose = Purpose {
    stat_prefix: "envoy-admin",
    ..Purpose::new("envoy-admin", &READABLE)
};

impl Purpose {
    const fn new(name: &'static str, paths: &'static [&'static str]) -> Self {
        Self {
            name,
            stat_prefix: "stats",
            paths,
            exempt: true,
        }
    }

    fn listener(&self, (ip, port): (IpAddr, u16), transport_socket: Option<TransportSocket>) -> Message {
        let chain = FilterChain {
            filters: vec![hcm::network_filter(
                "envoy.filters.network.http_connection_manager",
                any(&self.manager()),
            )],
            transport_socket,
            ..Default::default()
        };
        Message {
            filter_chains: vec![chain],
            ignore_global_conn_limit: self.exempt,
            ..socket::listener(self.name, ip, port, &Connections::default())
        }
    }

    /// No header of a client's tells it to try again or how long to wait.
    fn manager(&self) -> HttpConnectionManager {
        let host = VirtualHost {
            name: "backend".to_owned(),
            domains: vec!["*".to_owned()],
            routes: self.paths.iter().map(|path| route(path)).collect(),
            ..Default::default()
        };
        HttpConnectionManager {
            stat_prefix: self.stat_prefix.to_owned(),
            use_remote_address: Some(true),
            normalize_path: Some(true),
            route_specifier: Some(RouteSpecifier::RouteConfig(RouteConfiguration {
                name: self.name.to_owned(),
                virtual_hosts: vec![host],
                ..Default::default()
            })),
            http_filters: vec![http_filter("envoy.filters.http.router", &Router::default())],
            ..Default::default()
        }
    }
}

fn route(path: &str) -> Route {
    let get = HeaderMatcher {
        name: ":method".to_owned(),
        header_match_specifier: Some(HeaderMatchSpecifier::StringMatch(matchers::exact("GET"))),
        ..Default::default()
    };
    Route {
        r#match: Some(RouteMatch {
            path_specifier: Some(PathSpecifier::Path(path.to_owned())),
            headers: vec![get],
            ..Default::default()
        }),
        action: Some(Action::Route(RouteAction {
            cluster_specifier: Some(ClusterSpecifier::Cluster(CLUSTER.to_owned())),
            ..Default::default()
        })),
        ..Default::default()
    }
}

/// The listeners that are asked for, with the secrets of their own.
pub(super) fn resources(settings: &Settings) -> Vec<(ResourceKey, Resource)> {
    let listeners = listeners(settings).into_iter().map(|message| {
        let name = message.name.clone();
        (key(ResourceType::Listener, name), Resource::new(&message))
    });
    let metrics = settings.listeners.admin.metrics.as_ref();
    let files = metrics.and_then(|metrics| metrics.tls.as_ref());
    let secrets = files.into_iter().flat_map(tls::secrets).map(|secret| {
        let name = secret.name.clone();
        (key(ResourceType::Secret, name), Resource::new(&secret))
    });
    listeners.chain(secrets).collect()
}

fn key(kind: ResourceType, name: String) -> ResourceKey {
    ResourceKey { kind, name }
}

fn listeners(settings: &Settings) -> Vec<Message> {
    let listeners = &settings.listeners;
    let admin = &listeners.admin;
    let together = listeners.metrics_are_with_health();
    let metrics = admin.metrics.as_ref().map(|metrics| {
        let purpose = if together { STATS_HEALTH } else { METRICS };
        let transport_socket = metrics.tls.as_ref().map(tls::transport_socket);
        purpose.listener(listeners.socket(metrics.port), transport_socket)
    });
    let in_clear = |purpose: Purpose, port| purpose.listener(listeners.socket(port), None);
    let health = admin.health.filter(|_| !together);
    let health = health.map(|port| in_clear(HEALTH, port));
    let overload = admin.om_enforced_health.map(|port| in_clear(OM_ENFORCED_HEALTH, port));
    let loopback = Ipv4Addr::LOCALHOST.into();
    let read_only = admin.read_only.map(|port| READ_ONLY.listener((loopback, port), None));
    [metrics, health, overload, read_only].into_iter().flatten().collect()
}
