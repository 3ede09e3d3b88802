//! Circuit breakers.

use isoline_envoy_api::envoy::config::cluster::v3::{CircuitBreakers, circuit_breakers::Thresholds};

use crate::{
    model::{self, Target},
    settings::Settings,
    upstream,
};

/// A Service's own, with the operator's where it has none.
pub(super) fn circuit_breakers(cluster: &model::Cluster, settings: &Settings) -> Option<CircuitBreakers> {
    let own = cluster.circuit_breakers;
    let limits = match &cluster.target {
        Target::Service { .. } | Target::ExternalName { .. } => {
            let of_operator = upstream::circuit_breakers(&settings.cluster.circuit_breakers);
            or(own, of_operator.unwrap_or_default())
        }
        Target::Extension { .. } | Target::Dns { .. } => own,
    };
    if limits == model::CircuitBreakers::default() {
        return None;
    }
    let per_host = limits.per_host_max_connections.map(|max| Thresholds {
        max_connections: Some(max),
        track_remaining: true,
        ..Default::default()
    });
    Some(CircuitBreakers {
        thresholds: vec![Thresholds {
            max_connections: limits.max_connections,
            max_pending_requests: limits.max_pending_requests,
            max_requests: limits.max_requests,
            max_retries: limits.max_retries,
            track_remaining: true,
            ..Default::default()
        }],
        per_host_thresholds: per_host.into_iter().collect(),
    })
}

fn or(own: model::CircuitBreakers, others: model::CircuitBreakers) -> model::CircuitBreakers {
    model::CircuitBreakers {
        max_connections: own.max_connections.or(others.max_connections),
        max_pending_requests: own.max_pending_requests.or(others.max_pending_requests),
        max_requests: own.max_requests.or(others.max_requests),
        max_retries: own.max_retries.or(others.max_retries),
        per_host_max_connections: own.per_host_max_connections.or(others.per_host_max_connections),
    }
}
