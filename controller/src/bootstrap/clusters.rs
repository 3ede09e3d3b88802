//! The clusters that are there from the start: the controller, and Envoy's own admin interface.

use std::{collections::BTreeMap, net::IpAddr};

use isoline_envoy_api::{
    Duration, any,
    envoy::{
        config::{
            cluster::v3::{
                Cluster, UpstreamConnectionOptions,
                cluster::{self, ClusterDiscoveryType, DiscoveryType},
            },
            core::v3::{Address, Http2ProtocolOptions, KeepaliveSettings, TcpKeepalive},
            endpoint::v3::{ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints, lb_endpoint},
        },
        extensions::upstreams::http::v3::{
            HttpProtocolOptions,
            http_protocol_options::{
                ExplicitHttpConfig, UpstreamProtocolOptions, explicit_http_config::ProtocolConfig,
            },
        },
    },
    socket_address,
};
use prost::Name;

use super::{CONTROLLER, Options, admin_address, options::Tls, tls};
use crate::address::Address as AdminAddress;

/// The static cluster that leads to the admin interface, for the listeners that show parts of it.
const ADMIN: &str = "envoy-admin";

const CONTROLLER_WITHIN: Duration = seconds(5);
/// It is the same process.
const ADMIN_WITHIN: Duration = Duration {
    seconds: 0,
    nanos: 250_000_000,
};

pub(super) fn controller(options: &Options, tls: Option<&Tls>) -> Cluster {
    let kind = if options.xds_address.parse::<IpAddr>().is_ok() {
        DiscoveryType::Static
    } else {
        DiscoveryType::StrictDns
    };
    let namespace = options.namespace.as_ref();
    let alt_stat_name = namespace.map(|namespace| format!("{namespace}_{CONTROLLER}_{}", options.xds_port));
    Cluster {
        cluster_discovery_type: Some(ClusterDiscoveryType::Type(kind.into())),
        dns_lookup_family: cluster::DnsLookupFamily::from(options.dns_lookup_family).into(),
        alt_stat_name: alt_stat_name.unwrap_or_default(),
        connect_timeout: Some(CONTROLLER_WITHIN),
        transport_socket: tls.map(tls::transport_socket),
        upstream_connection_options: Some(UpstreamConnectionOptions {
            tcp_keepalive: Some(TcpKeepalive {
                keepalive_probes: Some(3),
                keepalive_time: Some(30),
                keepalive_interval: Some(5),
            }),
            ..Default::default()
        }),
        typed_extension_protocol_options: BTreeMap::from([(HttpProtocolOptions::full_name(), any(&http2()))]),
        ..of_one_endpoint(CONTROLLER, socket_address(&options.xds_address, options.xds_port))
    }
}

/// The name by which the statistics of a cluster go.
pub(super) fn stats_name(cluster: &Cluster) -> &str {
    match cluster.alt_stat_name.as_str() {
        "" => &cluster.name,
        name => name,
    }
}

pub(super) fn admin(address: &AdminAddress) -> Cluster {
    Cluster {
        cluster_discovery_type: Some(ClusterDiscoveryType::Type(DiscoveryType::Static.into())),
        connect_timeout: Some(ADMIN_WITHIN),
        ..of_one_endpoint(ADMIN, admin_address(address))
    }
}

fn of_one_endpoint(name: &str, address: Address) -> Cluster {
    let endpoint = Endpoint {
        address: Some(address),
        ..Default::default()
    };
    let endpoint = LbEndpoint {
        host_identifier: Some(lb_endpoint::HostIdentifier::Endpoint(endpoint)),
        ..Default::default()
    };
    Cluster {
        name: name.to_owned(),
        load_assignment: Some(ClusterLoadAssignment {
            cluster_name: name.to_owned(),
            endpoints: vec![LocalityLbEndpoints {
                lb_endpoints: vec![endpoint],
                ..Default::default()
            }],
            ..Default::default()
        }),
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

const fn seconds(seconds: i64) -> Duration {
    Duration { seconds, nanos: 0 }
}
