//! The HTTP connection manager of a listener: it names no host, so that no host's change touches it.

mod access_log;
mod filters;
mod tracing;

use isoline_envoy_api::{
    Any, any,
    envoy::{
        config::{
            common::mutation_rules::v3::HeaderMutation as Mutation,
            core::v3::{Http1ProtocolOptions, Http2ProtocolOptions, HttpProtocolOptions},
            listener::v3::{Filter, filter},
        },
        extensions::{
            filters::common::set_filter_state::v3::FilterStateValue,
            filters::network::{
                http_connection_manager::v3::{
                    HttpConnectionManager, ScopedRds, ScopedRoutes,
                    http_connection_manager::{
                        CodecType, ForwardClientCertDetails, RouteSpecifier, ServerHeaderTransformation,
                        SetCurrentClientCertDetails,
                    },
                    scoped_routes,
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
            http::early_header_mutation::header_mutation::v3::HeaderMutation,
        },
    },
};
use isoline_policy::{Listener, LoadBalancer, handover};

pub(super) use access_log::access_log;

use super::{
    entrance::Entrance,
    format, scheme,
    words::{ads, extension, timeout},
};
use crate::{
    api::httpproxy::ClientCertificateDetails,
    extension::Services,
    model::Timeout,
    settings::{Http, ServerHeader, Settings},
};

/// What the HTTP connection managers of chains differ in.
pub(super) struct Door<'a> {
    pub(super) entrance: &'a Entrance,
    pub(super) stat_prefix: &'a str,
    /// What backends are told of a client's certificate.
    pub(super) forward: Option<ClientCertificateDetails>,
}

/// The network filters of an HTTP filter chain.
pub(super) fn filters(door: &Door<'_>, services: &Services, settings: &Settings) -> Vec<Filter> {
    let listener = door.entrance.listener();
    let scheme = scheme::of_connection(listener, &settings.load_balancer);
    vec![
        network_filter(
            "envoy.filters.network.set_filter_state",
            any(&SetFilterState {
                on_new_connection: [connection_facts(listener)].into_iter().chain(scheme).collect(),
                ..Default::default()
            }),
        ),
        network_filter(
            "envoy.filters.network.http_connection_manager",
            any(&manager(door, services, settings)),
        ),
    ]
}

pub(super) fn network_filter(name: &str, config: Any) -> Filter {
    Filter {
        name: name.to_owned(),
        config_type: Some(filter::ConfigType::TypedConfig(config)),
    }
}

/// What the policy filter is told of a connection, once for all its requests.
pub(crate) fn connection_facts(listener: Listener) -> FilterStateValue {
    format::filter_state(handover::CONNECTION_STATE, &handover::connection_format(listener))
}

fn manager(door: &Door<'_>, services: &Services, settings: &Settings) -> HttpConnectionManager {
    let Settings { http, timeouts, .. } = settings;
    let listener = door.entrance.listener();
    let tracing = settings.tracing.as_ref().zip(services.tracing.as_ref());
    HttpConnectionManager {
        stat_prefix: door.stat_prefix.to_owned(),
        codec_type: codec(door.entrance, http).into(),
        use_remote_address: Some(true),
        xff_num_trusted_hops: settings.load_balancer.trusted.hops,
        forward_proto_config: scheme::by_destination_port(listener, settings),
        scheme_header_transformation: scheme::of_requests(listener, &settings.load_balancer),
        normalize_path: Some(true),
        merge_slashes: http.merge_slashes,
        preserve_external_request_id: true,
        strip_trailing_host_dot: http.strip_trailing_host_dot,
        server_header_transformation: server_header(http.server_header).into(),
        common_http_protocol_options: Some(HttpProtocolOptions {
            idle_timeout: timeout(timeouts.connection_idle),
            max_connection_duration: match timeouts.max_connection_duration {
                Timeout::Default | Timeout::Disabled => None,
                after @ Timeout::After(_) => timeout(after),
            },
            max_requests_per_connection: http.max_requests_per_connection,
            ..Default::default()
        }),
        http_protocol_options: Some(Http1ProtocolOptions {
            accept_http_10: true,
            allow_chunked_length: http.allow_chunked_length,
            ..Default::default()
        }),
        http2_protocol_options: http.max_concurrent_streams.map(|streams| Http2ProtocolOptions {
            max_concurrent_streams: Some(streams),
            ..Default::default()
        }),
        request_timeout: timeout(timeouts.request),
        stream_idle_timeout: timeout(timeouts.stream_idle),
        delayed_close_timeout: timeout(timeouts.delayed_close),
        drain_timeout: timeout(timeouts.connection_shutdown_grace_period),
        tracing: tracing.map(|(settings, collector)| tracing::tracing(settings, collector)),
        access_log: access_log(listener, &settings.access_log),
        forward_client_cert_details: client_certificate(door.forward).into(),
        set_current_client_cert_details: door.forward.map(details),
        early_header_mutation_extensions: vec![extension(
            "envoy.http.early_header_mutation.header_mutation",
            &HeaderMutation {
                mutations: early_mutations(door.entrance, &settings.load_balancer),
            },
        )],
        route_specifier: Some(RouteSpecifier::ScopedRoutes(scoped_routes())),
        http_filters: filters::filters(door.entrance, services, settings),
        ..Default::default()
    }
}

/// The fallback certificate is for clients that tell nothing of themselves.
fn codec(entrance: &Entrance, http: &Http) -> CodecType {
    match (http.version_1, http.version_2) {
        _ if *entrance == Entrance::Fallback => CodecType::Auto,
        (true, false) => CodecType::Http1,
        (false, true) => CodecType::Http2,
        _ => CodecType::Auto,
    }
}

fn server_header(header: ServerHeader) -> ServerHeaderTransformation {
    match header {
        ServerHeader::Overwrite => ServerHeaderTransformation::Overwrite,
        ServerHeader::AppendIfAbsent => ServerHeaderTransformation::AppendIfAbsent,
        ServerHeader::PassThrough => ServerHeaderTransformation::PassThrough,
    }
}

/// What a client says of a certificate is never believed.
fn client_certificate(forward: Option<ClientCertificateDetails>) -> ForwardClientCertDetails {
    if forward.is_some() {
        ForwardClientCertDetails::SanitizeSet
    } else {
        ForwardClientCertDetails::Sanitize
    }
}

fn details(forward: ClientCertificateDetails) -> SetCurrentClientCertDetails {
    SetCurrentClientCertDetails {
        subject: Some(forward.subject),
        cert: forward.cert,
        chain: forward.chain,
        dns: forward.dns,
        uri: forward.uri,
        ..Default::default()
    }
}

/// A value that turns out empty leaves a header as it is, so whatever a client sent under our names goes first.
fn early_mutations(entrance: &Entrance, load_balancer: &LoadBalancer) -> Vec<Mutation> {
    let scope = entrance.key_of_request("%REQUESTED_SERVER_NAME%", "%REQ(:AUTHORITY)%");
    let own = [
        format::remove(handover::SCOPE_HEADER),
        format::remove(handover::FORWARDED_PROTO_HEADER),
        format::overwrite(handover::SCOPE_HEADER, &scope),
        format::overwrite(handover::FORWARDED_PROTO_HEADER, "%REQ(X-FORWARDED-PROTO)%"),
    ];
    let scheme = scheme::early_mutations(entrance.listener(), load_balancer);
    own.into_iter().chain(scheme).collect()
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
