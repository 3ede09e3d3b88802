//! TCP proxies.

use isoline_envoy_api::{
    Duration, any,
    envoy::{
        config::listener::v3::Filter,
        extensions::filters::network::tcp_proxy::v3::{
            TcpProxy as Message,
            tcp_proxy::{ClusterSpecifier, WeightedCluster, weighted_cluster::ClusterWeight},
        },
    },
};
use isoline_policy::Listener;

use crate::{
    envoy::{hcm, policy},
    model::{Destination, TcpProxy},
    settings::Settings,
};

/// Whoever may not come is turned away before anything is dialled.
pub(super) fn filters(proxy: &TcpProxy, stat_prefix: &str, settings: &Settings) -> Vec<Filter> {
    let filter = proxy.ip_filter.as_ref();
    let filter = filter.map(|filter| policy::tcp_ip_filter(filter, stat_prefix));
    let proxy = Message {
        stat_prefix: stat_prefix.to_owned(),
        idle_timeout: Some(Duration {
            seconds: 9001,
            nanos: 0,
        }),
        access_log: hcm::access_log(Listener::Https, &settings.access_log),
        cluster_specifier: Some(clusters(&proxy.destinations)),
        ..Default::default()
    };
    let proxy = hcm::network_filter("envoy.filters.network.tcp_proxy", any(&proxy));
    filter.into_iter().chain([proxy]).collect()
}

fn clusters(destinations: &[Destination]) -> ClusterSpecifier {
    match destinations {
        [Destination { cluster, .. }] => ClusterSpecifier::Cluster(cluster.name()),
        destinations => ClusterSpecifier::WeightedClusters(WeightedCluster {
            clusters: destinations
                .iter()
                .map(|destination| ClusterWeight {
                    name: destination.cluster.name(),
                    weight: destination.weight,
                    ..Default::default()
                })
                .collect(),
        }),
    }
}
