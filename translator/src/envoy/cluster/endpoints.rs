//! The endpoints of clusters.

use std::{collections::BTreeSet, net::IpAddr};

use isoline_envoy_api::{
    envoy::config::{
        core::v3::{Address, Locality},
        endpoint::v3::{
            ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints, endpoint::HealthCheckConfig, lb_endpoint,
        },
    },
    socket_address,
};

use crate::{
    inputs::Inputs,
    model::{Assignment, WeightedPort},
    object::Kind,
    resource::{Resource, ResourceKey, ResourceType},
};

/// The ready endpoints of Service ports, from all their slices.
pub(crate) fn endpoints(assignment: &Assignment, inputs: &Inputs) -> (ResourceKey, Resource) {
    let shares_load = assignment.ports.len() > 1;
    let localities = assignment.ports.iter().map(|port| LocalityLbEndpoints {
        locality: shares_load.then(|| locality(port)),
        lb_endpoints: of_port(port, assignment.health_port_name.as_deref(), inputs),
        load_balancing_weight: port.weight,
        ..Default::default()
    });
    let message = ClusterLoadAssignment {
        cluster_name: assignment.name.clone(),
        endpoints: localities.collect(),
        ..Default::default()
    };
    let mut resource = Resource::new(&message);
    let services: BTreeSet<_> = assignment.ports.iter().map(|port| &port.service).collect();
    resource.origin = services
        .into_iter()
        .map(|service| Kind::Service.object(service))
        .collect();
    let key = ResourceKey {
        kind: ResourceType::Endpoints,
        name: message.cluster_name,
    };
    (key, resource)
}

/// Envoy shares load between places, so each Service port is one.
fn locality(port: &WeightedPort) -> Locality {
    Locality {
        region: port.service.namespace.clone(),
        zone: port.service.name.clone(),
        sub_zone: port.port_name.clone(),
    }
}

fn of_port(port: &WeightedPort, health_port: Option<&str>, inputs: &Inputs) -> Vec<LbEndpoint> {
    let slices = inputs.slices(&port.service);
    let endpoints: BTreeSet<(IpAddr, u16, Option<u16>)> = slices
        .filter_map(|slice| {
            let health = health_port.and_then(|name| slice.ports.get(name).copied());
            Some((slice, *slice.ports.get(&port.port_name)?, health))
        })
        .flat_map(|(slice, port, health)| slice.addresses.iter().map(move |address| (*address, port, health)))
        .collect();
    endpoints
        .into_iter()
        .map(|(ip, port, health)| lb_endpoint(socket_address(&ip, port), health))
        .collect()
}

/// The one endpoint behind a name.
pub(super) fn of_name(cluster: &str, host: &str, port: u16) -> ClusterLoadAssignment {
    let locality = LocalityLbEndpoints {
        lb_endpoints: vec![lb_endpoint(socket_address(&host, port), None)],
        ..Default::default()
    };
    ClusterLoadAssignment {
        cluster_name: cluster.to_owned(),
        endpoints: vec![locality],
        ..Default::default()
    }
}

fn lb_endpoint(address: Address, health_port: Option<u16>) -> LbEndpoint {
    let endpoint = Endpoint {
        address: Some(address),
        health_check_config: health_port.map(|port| HealthCheckConfig {
            port_value: port.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    LbEndpoint {
        host_identifier: Some(lb_endpoint::HostIdentifier::Endpoint(endpoint)),
        ..Default::default()
    }
}
