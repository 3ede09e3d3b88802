//! What the server counts: connected Envoys, refusals by type, resources by type.

use std::sync::Arc;

use isoline_translator::ResourceType;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{MetricType, counter::Counter, family::Family, gauge::ConstGauge},
    registry::Registry,
};

use super::Store;

/// Counters and gauges of one server; clones count together.
#[derive(Debug, Clone, Default)]
pub(super) struct Metrics {
    pub(super) handshake_failures: Counter,
    refusals: Family<Type, Counter>,
}

impl Metrics {
    /// Counts one refused resource.
    pub(super) fn count_refusal(&self, kind: ResourceType) {
        self.refusals.get_or_create(&Type::from(kind)).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry, store: Arc<Store>) {
        registry.register("xds_nacks", "Resources that an Envoy refused", self.refusals.clone());
        let help = "Time from a change to its acknowledgement by every connected Envoy";
        registry.register("change_to_ack_seconds", help, store.latency());
        registry.register(
            "xds_tls_handshake_failures",
            "Connections that were not taken, for want of a good certificate or time",
            self.handshake_failures.clone(),
        );
        registry.register_collector(Box::new(Numbers(store)));
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Type {
    r#type: &'static str,
}

impl From<ResourceType> for Type {
    fn from(kind: ResourceType) -> Self {
        let r#type = match kind {
            ResourceType::Cluster => "cluster",
            ResourceType::Endpoints => "endpoints",
            ResourceType::Secret => "secret",
            ResourceType::Extension => "extension",
            ResourceType::Listener => "listener",
            ResourceType::Scope => "scope",
            ResourceType::Runtime => "runtime",
        };
        Self { r#type }
    }
}

/// Reads the numbers of Envoys and resources when they are asked for.
#[derive(Debug)]
struct Numbers(Arc<Store>);

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let connected = ConstGauge::new(i64::try_from(self.0.connected()).unwrap_or(i64::MAX));
        let help = "Envoys that are connected";
        connected.encode(encoder.encode_descriptor("xds_connected_envoys", help, None, MetricType::Gauge)?)?;
        let mut family =
            encoder.encode_descriptor("xds_resources", "Resources that are served", None, MetricType::Gauge)?;
        for kind in ResourceType::ALL {
            let count = self.0.read(|snapshot| snapshot.count(kind));
            let gauge = ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
            gauge.encode(family.encode_family(&Type::from(kind))?)?;
        }
        Ok(())
    }
}
