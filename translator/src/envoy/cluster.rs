//! Clusters and their endpoints.

use std::{collections::BTreeSet, net::IpAddr};

use isoline_envoy_api::{
    Duration,
    envoy::{
        config::{
            cluster::v3::{
                Cluster,
                cluster::{ClusterDiscoveryType, CommonLbConfig, DiscoveryType, EdsClusterConfig},
            },
            endpoint::v3::{ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints, lb_endpoint},
        },
        r#type::v3::Percent,
    },
    socket_address,
};

use super::ads;
use crate::{
    inputs::Inputs,
    model::{self, Assignment, Target, WeightedPort},
    object::{Kind, ObjectRef},
    resource::{Resource, ResourceKey, ResourceType},
    settings::Settings,
};

/// The cluster of one Service port.
pub(crate) fn cluster(cluster: &model::Cluster, _settings: &Settings) -> (ResourceKey, Resource) {
    let (Target::Service { name, port, .. } | Target::ExternalName { name, port, .. }) = &cluster.target else {
        todo!()
    };
    let message = Cluster {
        name: cluster.name(),
        alt_stat_name: format!("{}_{}_{}", name.namespace, name.name, port),
        connect_timeout: Some(Duration { seconds: 2, nanos: 0 }),
        // With panic routing, requests would go to endpoints that are known to be bad.
        common_lb_config: Some(CommonLbConfig {
            healthy_panic_threshold: Some(Percent { value: 0.0 }),
            ..Default::default()
        }),
        cluster_discovery_type: Some(ClusterDiscoveryType::Type(DiscoveryType::Eds.into())),
        eds_cluster_config: Some(EdsClusterConfig {
            eds_config: Some(ads()),
            service_name: cluster.endpoints_name(),
        }),
        ..Default::default()
    };
    let mut resource = Resource::new(&message);
    resource.endpoints = Some(cluster.endpoints_name());
    resource.origin = vec![ObjectRef {
        kind: Kind::Service,
        name: name.clone(),
    }];
    (
        ResourceKey {
            kind: ResourceType::Cluster,
            name: message.name,
        },
        resource,
    )
}

/// The ready endpoints of one Service port, from all its slices.
pub(crate) fn endpoints(assignment: &Assignment, inputs: &Inputs) -> (ResourceKey, Resource) {
    let WeightedPort { service, port_name, .. } = &assignment.ports[0];
    let slices = inputs.slices(service);
    let addresses: BTreeSet<(IpAddr, u16)> = slices
        .filter_map(|slice| Some((slice, *slice.ports.get(port_name)?)))
        .flat_map(|(slice, port)| slice.addresses.iter().map(move |address| (*address, port)))
        .collect();
    let locality = LocalityLbEndpoints {
        lb_endpoints: addresses.into_iter().map(lb_endpoint).collect(),
        load_balancing_weight: Some(1),
        ..Default::default()
    };
    let name = assignment.name.clone();
    let message = ClusterLoadAssignment {
        cluster_name: name.clone(),
        endpoints: vec![locality],
        ..Default::default()
    };
    let mut resource = Resource::new(&message);
    resource.origin = vec![ObjectRef {
        kind: Kind::Service,
        name: service.clone(),
    }];
    (
        ResourceKey {
            kind: ResourceType::Endpoints,
            name,
        },
        resource,
    )
}

fn lb_endpoint((ip, port): (IpAddr, u16)) -> LbEndpoint {
    let endpoint = Endpoint {
        address: Some(socket_address(&ip, port)),
        ..Default::default()
    };
    LbEndpoint {
        host_identifier: Some(lb_endpoint::HostIdentifier::Endpoint(endpoint)),
        ..Default::default()
    }
}
