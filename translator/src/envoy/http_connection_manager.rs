//! The HTTP connection manager of a listener: it names no host, so that no host's change touches it.

use isoline_envoy_api::{
    any,
    envoy::{
        config::{
            accesslog::v3::{AccessLog, access_log},
            common::mutation_rules::v3::HeaderMutation as Mutation,
            core::v3::Http1ProtocolOptions,
            listener::v3::{Filter, filter},
        },
        extensions::{
            access_loggers::stream::v3::StdoutAccessLog,
            filters::{
                http::router::v3::Router,
                network::{
                    http_connection_manager::v3::{
                        ForwardProtoConfig, HttpConnectionManager, HttpFilter, ScopedRds, ScopedRoutes,
                        http_connection_manager::RouteSpecifier,
                        http_filter, scoped_routes,
                        scoped_routes::{
                            ScopeKeyBuilder,
                            scope_key_builder::{
                                FragmentBuilder,
                                fragment_builder::{self, HeaderValueExtractor, header_value_extractor::ExtractType},
                            },
                        },
                    },
                    set_filter_state::v3::Config as SetFilterState,
                },
            },
            http::early_header_mutation::header_mutation::v3::HeaderMutation,
        },
    },
};
use isoline_policy::{Listener, LoadBalancer, ProxyProtocol, handover};

use super::{ads, extension, fallback, format, policy_filter, scope_key};
use crate::settings::Settings;

/// The network filters of an HTTP filter chain.
pub(super) fn filters(listener: Listener, stat_prefix: &str, settings: &Settings) -> Vec<Filter> {
    vec![
        network_filter("envoy.filters.network.set_filter_state", any(&connection_facts())),
        network_filter(
            "envoy.filters.network.http_connection_manager",
            any(&manager(listener, stat_prefix, settings)),
        ),
    ]
}

pub(super) fn network_filter(name: &str, config: isoline_envoy_api::Any) -> Filter {
    Filter {
        name: name.to_owned(),
        config_type: Some(filter::ConfigType::TypedConfig(config)),
    }
}

pub(super) fn access_log() -> AccessLog {
    AccessLog {
        name: "envoy.access_loggers.stdout".to_owned(),
        config_type: Some(access_log::ConfigType::TypedConfig(any(&StdoutAccessLog::default()))),
        ..Default::default()
    }
}

/// What a PROXY header would hide from the policy filter.
fn connection_facts() -> SetFilterState {
    SetFilterState {
        on_new_connection: vec![
            format::filter_state(handover::PEER_STATE, "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"),
            format::filter_state(handover::LOCAL_PORT_STATE, "%DOWNSTREAM_DIRECT_LOCAL_PORT%"),
        ],
        ..Default::default()
    }
}

fn manager(listener: Listener, stat_prefix: &str, settings: &Settings) -> HttpConnectionManager {
    let router = HttpFilter {
        name: "envoy.filters.http.router".to_owned(),
        config_type: Some(http_filter::ConfigType::TypedConfig(any(&Router::default()))),
        ..Default::default()
    };
    HttpConnectionManager {
        stat_prefix: stat_prefix.to_owned(),
        use_remote_address: Some(true),
        xff_num_trusted_hops: settings.load_balancer.trusted.hops,
        forward_proto_config: forward_proto(listener, settings),
        normalize_path: Some(true),
        merge_slashes: true,
        preserve_external_request_id: true,
        strip_trailing_host_dot: true,
        http_protocol_options: Some(Http1ProtocolOptions {
            accept_http_10: true,
            ..Default::default()
        }),
        access_log: vec![access_log()],
        early_header_mutation_extensions: vec![extension(
            "envoy.http.early_header_mutation.header_mutation",
            &HeaderMutation {
                mutations: early_mutations(listener),
            },
        )],
        route_specifier: Some(RouteSpecifier::ScopedRoutes(scoped_routes())),
        http_filters: vec![fallback::http_filter(listener), policy_filter::http_filter(), router],
        ..Default::default()
    }
}

/// Tells backends, on routes that no filter judges, what a PROXY header says of the client's scheme.
fn forward_proto(listener: Listener, settings: &Settings) -> Option<ForwardProtoConfig> {
    let LoadBalancer {
        proxy_protocol,
        tls_ports,
        ..
    } = &settings.load_balancer;
    let tells = listener == Listener::Http && *proxy_protocol != ProxyProtocol::Off;
    tells.then(|| ForwardProtoConfig {
        https_destination_ports: tls_ports.iter().copied().map(u32::from).collect(),
        ..Default::default()
    })
}

/// A value that turns out empty leaves a header as it is, so whatever a client sent under our names goes first.
fn early_mutations(listener: Listener) -> Vec<Mutation> {
    let scope = scope_key::of_request(listener, "%REQUESTED_SERVER_NAME%", "%REQ(:AUTHORITY)%");
    vec![
        format::remove(handover::SCOPE_HEADER),
        format::remove(handover::FORWARDED_PROTO_HEADER),
        format::overwrite(handover::SCOPE_HEADER, &scope),
        format::overwrite(handover::FORWARDED_PROTO_HEADER, "%REQ(X-FORWARDED-PROTO)%"),
    ]
}

/// The key is the scope header up to its first colon, so that a port in Host does not count. The name is the same in
/// every listener: Envoy then keeps one table for all of them.
fn scoped_routes() -> ScopedRoutes {
    let extractor = HeaderValueExtractor {
        name: handover::SCOPE_HEADER.to_owned(),
        element_separator: ":".to_owned(),
        extract_type: Some(ExtractType::Index(0)),
    };
    let fragment = FragmentBuilder {
        r#type: Some(fragment_builder::Type::HeaderValueExtractor(extractor)),
    };
    ScopedRoutes {
        name: "isoline".to_owned(),
        scope_key_builder: Some(ScopeKeyBuilder {
            fragments: vec![fragment],
        }),
        rds_config_source: Some(ads()),
        config_specifier: Some(scoped_routes::ConfigSpecifier::ScopedRds(ScopedRds {
            scoped_rds_config_source: Some(ads()),
            ..Default::default()
        })),
    }
}
