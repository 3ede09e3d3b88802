//! How many HTTPProxies there are and how they are, under the names that dashboards know from the reference.

use std::{collections::BTreeMap, fmt};

use isoline_translator::Kind;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

use crate::state::{SharedState, State};

/// Counts when it is asked.
#[derive(Debug)]
pub struct ProxyMetrics(pub SharedState);

type OfNamespace = [(&'static str, String); 1];
type OfHost = [(&'static str, String); 2];

#[derive(Default)]
struct Counts {
    all: BTreeMap<OfNamespace, i64>,
    roots: BTreeMap<OfNamespace, i64>,
    orphaned: BTreeMap<OfNamespace, i64>,
    valid: BTreeMap<OfHost, i64>,
    invalid: BTreeMap<OfHost, i64>,
}

impl Counts {
    fn of(state: &State) -> Self {
        let mut counts = Self::default();
        for (object, status) in &state.objects {
            let summary = match status {
                Some(status) if object.kind == Kind::HttpProxy => status.summary(),
                _ => continue,
            };
            let host = state.hosts.get(object);
            let namespace = [("namespace", object.name.namespace.clone())];
            let of_host = || {
                let [namespace] = namespace.clone();
                [namespace, ("vhost", host.cloned().unwrap_or_default())]
            };
            match summary {
                "valid" => *counts.valid.entry(of_host()).or_default() += 1,
                "invalid" => *counts.invalid.entry(of_host()).or_default() += 1,
                "orphaned" => *counts.orphaned.entry(namespace.clone()).or_default() += 1,
                // Of another class.
                _ => continue,
            }
            if host.is_some() {
                *counts.roots.entry(namespace.clone()).or_default() += 1;
            }
            *counts.all.entry(namespace).or_default() += 1;
        }
        counts
    }
}

impl Collector for ProxyMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let counts = Counts::of(&self.0.read());
        let mut of_namespace = |name, help, values| encode(&mut encoder, name, help, values);
        of_namespace("httpproxy", "HTTPProxies", &counts.all)?;
        of_namespace("httpproxy_root", "HTTPProxies with a host", &counts.roots)?;
        of_namespace(
            "httpproxy_orphaned",
            "HTTPProxies that no root includes",
            &counts.orphaned,
        )?;
        encode(&mut encoder, "httpproxy_valid", "Valid HTTPProxies", &counts.valid)?;
        encode(
            &mut encoder,
            "httpproxy_invalid",
            "Invalid HTTPProxies",
            &counts.invalid,
        )
    }
}

fn encode<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    counts: &BTreeMap<L, i64>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, count) in counts {
        ConstGauge::new(*count).encode(family.encode_family(labels)?)?;
    }
    Ok(())
}
