//! What Envoy does when it has too much of something.

use isoline_envoy_api::{
    Duration, any,
    envoy::{
        config::overload::v3::{
            OverloadAction, OverloadManager, ResourceMonitor, ThresholdTrigger, Trigger, resource_monitor,
            trigger::TriggerOneof,
        },
        extensions::resource_monitors::{
            downstream_connections::v3::DownstreamConnectionsConfig, fixed_heap::v3::FixedHeapConfig,
        },
    },
};
use prost::Name;

use super::Options;

const HEAP: &str = "envoy.resource_monitors.fixed_heap";
const CONNECTIONS: &str = "envoy.resource_monitors.global_downstream_max_connections";

/// How often is looked.
const REFRESH: Duration = Duration {
    seconds: 0,
    nanos: 250_000_000,
};

/// What is done from which part of the heap on.
const ACTIONS: [(&str, f64); 2] = [
    ("envoy.overload_actions.shrink_heap", 0.95),
    ("envoy.overload_actions.stop_accepting_requests", 0.98),
];

/// Nothing if there are no limits.
pub(super) fn manager(options: &Options) -> Option<OverloadManager> {
    let heap = Some(options.overload_max_heap).filter(|bytes| *bytes > 0);
    let heap = heap.map(|max_heap_size_bytes| {
        let config = FixedHeapConfig {
            max_heap_size_bytes,
            ..Default::default()
        };
        monitor(HEAP, &config)
    });
    let connections = Some(options.overload_downstream_max_conn).filter(|count| *count > 0);
    let connections = connections.map(|count| {
        let config = DownstreamConnectionsConfig {
            max_active_downstream_connections: count.into(),
        };
        monitor(CONNECTIONS, &config)
    });
    let actions = heap.is_some().then_some(ACTIONS).into_iter().flatten();
    let actions = actions.map(|(name, part)| action(name, part)).collect();
    let resource_monitors: Vec<_> = heap.into_iter().chain(connections).collect();
    (!resource_monitors.is_empty()).then_some(OverloadManager {
        refresh_interval: Some(REFRESH),
        resource_monitors,
        actions,
        ..Default::default()
    })
}

fn monitor<M: Name>(name: &str, config: &M) -> ResourceMonitor {
    ResourceMonitor {
        name: name.to_owned(),
        config_type: Some(resource_monitor::ConfigType::TypedConfig(any(config))),
    }
}

fn action(name: &str, value: f64) -> OverloadAction {
    OverloadAction {
        name: name.to_owned(),
        triggers: vec![Trigger {
            name: HEAP.to_owned(),
            trigger_oneof: Some(TriggerOneof::Threshold(ThresholdTrigger { value })),
        }],
        ..Default::default()
    }
}
