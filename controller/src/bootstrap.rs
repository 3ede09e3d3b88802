//! The configuration with which an Envoy starts: how to reach the controller, what to count, where its admin listens.

use std::{collections::BTreeMap, net::IpAddr};

use isoline_envoy_api::{
    Duration, any, any_to_json,
    envoy::{
        config::{
            bootstrap::v3::{
                Admin, Bootstrap, ClusterManager, LayeredRuntime, RuntimeLayer,
                bootstrap::{DynamicResources, StaticResources},
                runtime_layer::{AdminLayer, LayerSpecifier, RtdsLayer},
            },
            cluster::v3::{
                Cluster, UpstreamConnectionOptions,
                cluster::{ClusterDiscoveryType, DiscoveryType},
            },
            core::v3::{
                AggregatedConfigSource, ApiConfigSource, ApiVersion, ConfigSource, GrpcService, Http2ProtocolOptions,
                KeepaliveSettings, Node, TcpKeepalive, TypedExtensionConfig, api_config_source::ApiType,
                config_source::ConfigSourceSpecifier, grpc_service,
            },
            endpoint::v3::{ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints, lb_endpoint},
            metrics::v3::{StatsConfig, StatsMatcher, stats_matcher},
        },
        extensions::{
            regex_engines::v3::GoogleRe2,
            upstreams::http::v3::{
                HttpProtocolOptions,
                http_protocol_options::{
                    ExplicitHttpConfig, UpstreamProtocolOptions, explicit_http_config::ProtocolConfig,
                },
            },
        },
        r#type::matcher::v3::{ListStringMatcher, StringMatcher, string_matcher::MatchPattern},
    },
    socket_address,
};
use isoline_translator::RUNTIME_LAYER;
use prost::Name;
use serde_json::Value;

/// The static cluster that leads to the controller, and the service cluster that Envoy says it is of.
const CONTROLLER: &str = "isoline";

/// What is counted whole. Each of these is a handful, however many hosts there are.
const COUNTED_PREFIXES: [&str; 10] = [
    "cluster.isoline.",
    "cluster_manager.",
    "control_plane.",
    "extension_config_discovery.",
    "http.",
    "listener.",
    "listener_manager.",
    "main_thread.",
    "server.",
    "wasm",
];

/// What is counted of every cluster: every line costs memory times clusters.
const COUNTED_OF_CLUSTERS: [&str; 17] = [
    ".membership_healthy",
    ".membership_total",
    ".upstream_cx_active",
    ".upstream_cx_connect_fail",
    ".upstream_cx_connect_timeout",
    ".upstream_cx_total",
    ".upstream_rq_1xx",
    ".upstream_rq_2xx",
    ".upstream_rq_3xx",
    ".upstream_rq_4xx",
    ".upstream_rq_5xx",
    ".upstream_rq_active",
    ".upstream_rq_pending_overflow",
    ".upstream_rq_retry",
    ".upstream_rq_time",
    ".upstream_rq_timeout",
    ".upstream_rq_total",
];

/// Where an Envoy finds its controller, and where its operator finds it.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Address of the controller: an IP address, or a DNS name that Envoy resolves again and again
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub xds_address: String,
    /// Port on which the controller serves xDS
    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    pub xds_port: u16,
    /// Address of Envoy's admin interface. It lets everyone who reaches it read secrets' metadata and stop Envoy
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub admin_address: IpAddr,
    /// Port of Envoy's admin interface
    #[arg(long, value_name = "PORT", default_value_t = 9001)]
    pub admin_port: u16,
    /// How this Envoy calls itself in the controller's log; envoy's own --service-node overrides it
    #[arg(long, value_name = "ID", default_value = "envoy")]
    pub node_id: String,
}

/// The bootstrap in Envoy's JSON form.
pub fn bootstrap(options: &Options) -> Value {
    any_to_json(&any(&message(options))).expect("it is a message of the Envoy API crate")
}

fn message(options: &Options) -> Bootstrap {
    Bootstrap {
        node: Some(Node {
            id: options.node_id.clone(),
            cluster: CONTROLLER.to_owned(),
            ..Default::default()
        }),
        static_resources: Some(StaticResources {
            clusters: vec![controller(&options.xds_address, options.xds_port)],
            ..Default::default()
        }),
        dynamic_resources: Some(dynamic_resources()),
        cluster_manager: Some(ClusterManager {
            enable_deferred_cluster_creation: true,
            ..Default::default()
        }),
        stats_config: Some(stats_config()),
        layered_runtime: Some(layered_runtime()),
        default_regex_engine: Some(TypedExtensionConfig {
            name: "envoy.regex_engines.google_re2".to_owned(),
            typed_config: Some(any(&GoogleRe2 {})),
        }),
        admin: Some(Admin {
            address: Some(socket_address(&options.admin_address, options.admin_port)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn ads() -> ConfigSource {
    ConfigSource {
        resource_api_version: ApiVersion::V3.into(),
        config_source_specifier: Some(ConfigSourceSpecifier::Ads(AggregatedConfigSource {})),
        ..Default::default()
    }
}

/// What the operator sets, and over it what is set by hand at the admin interface.
fn layered_runtime() -> LayeredRuntime {
    let operator = RtdsLayer {
        name: RUNTIME_LAYER.to_owned(),
        rtds_config: Some(ads()),
    };
    let layer = |name: &str, specifier| RuntimeLayer {
        name: name.to_owned(),
        layer_specifier: Some(specifier),
    };
    LayeredRuntime {
        layers: vec![
            layer(RUNTIME_LAYER, LayerSpecifier::RtdsLayer(operator)),
            layer("admin", LayerSpecifier::AdminLayer(AdminLayer {})),
        ],
    }
}

fn dynamic_resources() -> DynamicResources {
    let service = GrpcService {
        target_specifier: Some(grpc_service::TargetSpecifier::EnvoyGrpc(grpc_service::EnvoyGrpc {
            cluster_name: CONTROLLER.to_owned(),
            ..Default::default()
        })),
        ..Default::default()
    };
    DynamicResources {
        ads_config: Some(ApiConfigSource {
            api_type: ApiType::DeltaGrpc.into(),
            transport_api_version: ApiVersion::V3.into(),
            grpc_services: vec![service],
            set_node_on_first_message_only: true,
            ..Default::default()
        }),
        cds_config: Some(ads()),
        lds_config: Some(ads()),
        ..Default::default()
    }
}

fn controller(host: &str, port: u16) -> Cluster {
    let kind = if host.parse::<IpAddr>().is_ok() {
        DiscoveryType::Static
    } else {
        DiscoveryType::StrictDns
    };
    let endpoint = Endpoint {
        address: Some(socket_address(&host, port)),
        ..Default::default()
    };
    let endpoint = LbEndpoint {
        host_identifier: Some(lb_endpoint::HostIdentifier::Endpoint(endpoint)),
        ..Default::default()
    };
    Cluster {
        name: CONTROLLER.to_owned(),
        cluster_discovery_type: Some(ClusterDiscoveryType::Type(kind.into())),
        connect_timeout: Some(seconds(5)),
        load_assignment: Some(ClusterLoadAssignment {
            cluster_name: CONTROLLER.to_owned(),
            endpoints: vec![LocalityLbEndpoints {
                lb_endpoints: vec![endpoint],
                ..Default::default()
            }],
            ..Default::default()
        }),
        upstream_connection_options: Some(UpstreamConnectionOptions {
            tcp_keepalive: Some(TcpKeepalive {
                keepalive_probes: Some(3),
                keepalive_time: Some(30),
                keepalive_interval: Some(5),
            }),
            ..Default::default()
        }),
        typed_extension_protocol_options: BTreeMap::from([(HttpProtocolOptions::full_name(), any(&http2()))]),
        ..Default::default()
    }
}

/// HTTP/2, with pings: a controller that is gone without a word is noticed.
fn http2() -> HttpProtocolOptions {
    let options = Http2ProtocolOptions {
        connection_keepalive: Some(KeepaliveSettings {
            interval: Some(seconds(30)),
            timeout: Some(seconds(5)),
            ..Default::default()
        }),
        ..Default::default()
    };
    HttpProtocolOptions {
        upstream_protocol_options: Some(UpstreamProtocolOptions::ExplicitHttpConfig(ExplicitHttpConfig {
            protocol_config: Some(ProtocolConfig::Http2ProtocolOptions(options)),
        })),
        ..Default::default()
    }
}

fn stats_config() -> StatsConfig {
    let prefixes = COUNTED_PREFIXES.map(|prefix| MatchPattern::Prefix(prefix.to_owned()));
    let suffixes = COUNTED_OF_CLUSTERS.map(|suffix| MatchPattern::Suffix(suffix.to_owned()));
    let patterns = prefixes.into_iter().chain(suffixes).map(|pattern| StringMatcher {
        match_pattern: Some(pattern),
        ..Default::default()
    });
    let list = ListStringMatcher {
        patterns: patterns.collect(),
    };
    StatsConfig {
        stats_matcher: Some(StatsMatcher {
            stats_matcher: Some(stats_matcher::StatsMatcher::InclusionList(list)),
        }),
        ..Default::default()
    }
}

fn seconds(seconds: i64) -> Duration {
    Duration { seconds, nanos: 0 }
}
