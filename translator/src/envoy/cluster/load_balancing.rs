//! Which endpoint is taken.

use isoline_envoy_api::envoy::config::{
    cluster::v3::cluster::{
        CommonLbConfig, LbConfig, LbPolicy, LeastRequestLbConfig, RoundRobinLbConfig, SlowStartConfig,
        common_lb_config::{LocalityConfigSpecifier, LocalityWeightedLbConfig},
    },
    core::v3::RuntimeDouble,
};

use crate::{
    envoy::words,
    model::{self, LoadBalancing, SlowStart, Target},
};

pub(super) fn policy(load_balancing: LoadBalancing) -> LbPolicy {
    match load_balancing {
        LoadBalancing::RoundRobin => LbPolicy::RoundRobin,
        LoadBalancing::LeastRequest => LbPolicy::LeastRequest,
        LoadBalancing::Random => LbPolicy::Random,
        LoadBalancing::RingHash => LbPolicy::RingHash,
    }
}

/// With panic routing, requests would go to endpoints that are known to be bad. Shares of several Services are those of
/// the places that they are taken for.
pub(super) fn common(target: &Target) -> CommonLbConfig {
    let shares_load = matches!(target, Target::Extension { ports, .. } if ports.len() > 1);
    CommonLbConfig {
        healthy_panic_threshold: Some(words::percent(0.0)),
        locality_config_specifier: shares_load.then_some(LocalityConfigSpecifier::LocalityWeightedLbConfig(
            LocalityWeightedLbConfig {},
        )),
        ..Default::default()
    }
}

/// Only two policies know a slow start.
pub(super) fn config(cluster: &model::Cluster) -> Option<LbConfig> {
    let slow_start_config = Some(slow_start(cluster.slow_start.as_ref()?));
    match cluster.load_balancing {
        LoadBalancing::RoundRobin => Some(LbConfig::RoundRobinLbConfig(RoundRobinLbConfig { slow_start_config })),
        LoadBalancing::LeastRequest => Some(LbConfig::LeastRequestLbConfig(LeastRequestLbConfig {
            slow_start_config,
            ..Default::default()
        })),
        LoadBalancing::Random | LoadBalancing::RingHash => None,
    }
}

fn slow_start(slow_start: &SlowStart) -> SlowStartConfig {
    let aggression: f64 = slow_start.aggression.parse().unwrap_or(1.0);
    SlowStartConfig {
        slow_start_window: Some(words::duration(slow_start.window)),
        aggression: Some(RuntimeDouble {
            default_value: aggression,
            runtime_key: "contour.slowstart.aggression".to_owned(),
        }),
        min_weight_percent: Some(words::percent(slow_start.min_weight_percent.into())),
    }
}
