//! Clusters: where requests can go, and how that is called.

mod endpoints;
mod health;
mod limits;
mod load_balancing;
mod tls;

use std::collections::BTreeMap;

use isoline_envoy_api::{
    Any, any,
    envoy::{
        config::{
            cluster::v3::{
                Cluster,
                cluster::{ClusterDiscoveryType, DiscoveryType, DnsLookupFamily, EdsClusterConfig},
            },
            core::v3::{Http1ProtocolOptions, Http2ProtocolOptions, HttpProtocolOptions as Common},
        },
        extensions::upstreams::http::v3::{
            HttpProtocolOptions,
            http_protocol_options::{
                ExplicitHttpConfig, UpstreamProtocolOptions, explicit_http_config::ProtocolConfig,
            },
        },
    },
};
use prost::Name;

pub(crate) use endpoints::endpoints;

use super::{internal_redirect, words};
use crate::{
    model::{self, Target, Timeout},
    object::{Kind, ObjectRef},
    resource::{Resource, ResourceKey, ResourceType},
    settings::{self, Settings},
};

/// A target with everything that is particular about how it is called.
pub(crate) fn cluster(cluster: &model::Cluster, settings: &Settings) -> (ResourceKey, Resource) {
    let mut message = Cluster {
        name: cluster.name(),
        alt_stat_name: alt_stat_name(&cluster.target),
        connect_timeout: Some(words::duration(settings.cluster.connect_timeout)),
        per_connection_buffer_limit_bytes: settings.cluster.buffer_limit_bytes,
        lb_policy: load_balancing::policy(cluster.load_balancing).into(),
        lb_config: load_balancing::config(cluster),
        common_lb_config: Some(load_balancing::common(&cluster.target)),
        health_checks: cluster
            .health_check
            .iter()
            .map(|check| health::check(check, cluster.protocol))
            .collect(),
        ignore_health_on_host_removal: cluster.health_check.is_some(),
        circuit_breakers: limits::circuit_breakers(cluster, settings),
        typed_extension_protocol_options: protocol_options(cluster, settings),
        transport_socket: cluster
            .protocol
            .is_tls()
            .then(|| tls::transport_socket(cluster, settings)),
        ..Default::default()
    };
    discover(&mut message, cluster, settings);
    let mut resource = Resource::new(&message);
    resource.endpoints = message.eds_cluster_config.map(|config| config.service_name);
    resource.origin = origin(&cluster.target).into_iter().collect();
    let key = ResourceKey {
        kind: ResourceType::Cluster,
        name: message.name,
    };
    (key, resource)
}

/// Where the endpoints come from: a stream of ours, or DNS.
fn discover(message: &mut Cluster, cluster: &model::Cluster, settings: &Settings) {
    let (host, port, family) = match &cluster.target {
        Target::Service { .. } | Target::Extension { .. } => {
            message.cluster_discovery_type = Some(ClusterDiscoveryType::Type(DiscoveryType::Eds.into()));
            message.eds_cluster_config = Some(EdsClusterConfig {
                eds_config: Some(words::ads()),
                service_name: cluster.endpoints_name(),
            });
            return;
        }
        Target::ExternalName { host, port, .. } => (host, *port, settings.cluster.dns_lookup_family),
        Target::Dns { host, port, family, .. } => (host, *port, *family),
    };
    // Of all addresses that a name has, only one kind of cluster tries them as one endpoint, in the order that suits.
    let (kind, family) = match family {
        settings::DnsLookupFamily::All => (DiscoveryType::LogicalDns, DnsLookupFamily::All),
        settings::DnsLookupFamily::Auto => (DiscoveryType::StrictDns, DnsLookupFamily::Auto),
        settings::DnsLookupFamily::V4 => (DiscoveryType::StrictDns, DnsLookupFamily::V4Only),
        settings::DnsLookupFamily::V6 => (DiscoveryType::StrictDns, DnsLookupFamily::V6Only),
    };
    message.cluster_discovery_type = Some(ClusterDiscoveryType::Type(kind.into()));
    message.dns_lookup_family = family.into();
    message.load_assignment = Some(endpoints::of_name(&message.name, host, port));
}

fn alt_stat_name(target: &Target) -> String {
    match target {
        Target::Service { name, port, .. } | Target::ExternalName { name, port, .. } => {
            format!("{}_{}_{port}", name.namespace, name.name)
        }
        Target::Extension { name, .. } => format!("extension_{}_{}", name.namespace, name.name),
        Target::Dns { scheme, host, port, .. } => format!("dns_{scheme}_{host}_{port}"),
    }
}

fn origin(target: &Target) -> Option<ObjectRef> {
    match target {
        Target::Service { name, .. } | Target::ExternalName { name, .. } => Some(Kind::Service.object(name)),
        Target::Extension { name, .. } => Some(Kind::ExtensionService.object(name)),
        Target::Dns { .. } => None,
    }
}

/// Nothing where Envoy's own would be the same.
fn protocol_options(cluster: &model::Cluster, settings: &Settings) -> BTreeMap<String, Any> {
    let max_requests_per_connection = settings.cluster.max_requests_per_connection;
    let is_http2 = cluster.protocol.is_http2();
    let is_plain = !is_http2 && cluster.idle_timeout == Timeout::Default && !cluster.follows_redirects;
    if is_plain && max_requests_per_connection.is_none() {
        return BTreeMap::new();
    }
    let http_filters = cluster.follows_redirects.then(internal_redirect::upstream_filters);
    let protocol = if is_http2 {
        ProtocolConfig::Http2ProtocolOptions(Http2ProtocolOptions::default())
    } else {
        ProtocolConfig::HttpProtocolOptions(Http1ProtocolOptions::default())
    };
    let options = HttpProtocolOptions {
        common_http_protocol_options: Some(Common {
            idle_timeout: words::timeout(cluster.idle_timeout),
            max_requests_per_connection,
            ..Default::default()
        }),
        upstream_protocol_options: Some(UpstreamProtocolOptions::ExplicitHttpConfig(ExplicitHttpConfig {
            protocol_config: Some(protocol),
        })),
        http_filters: http_filters.unwrap_or_default(),
        ..Default::default()
    };
    BTreeMap::from([(HttpProtocolOptions::full_name(), any(&options))])
}
