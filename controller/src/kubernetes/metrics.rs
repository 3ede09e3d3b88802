//! What is counted of the work with the API server. Names are those of the reference where the meaning is the same.

use std::{fmt, sync::Arc, time::Duration};

use isoline_translator::Kind;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{
        MetricType,
        counter::Counter,
        family::Family,
        gauge::ConstGauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use tokio::sync::watch;

use super::status::Book;

/// Counters of status writes; clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    total: Family<OfKind, Counter>,
    success: Family<OfKind, Counter>,
    failed: Family<OfKind, Counter>,
    conflict: Family<OfKind, Counter>,
    noop: Family<OfKind, Counter>,
    duration: Family<Outcome, Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    kind: &'static str,
    error: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            total: Family::default(),
            success: Family::default(),
            failed: Family::default(),
            conflict: Family::default(),
            noop: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 14))),
        }
    }
}

impl Metrics {
    /// A status was looked at, and nothing was to be written.
    pub fn status_unchanged(&self, kind: Kind) {
        let kind = OfKind { kind: kind.as_str() };
        self.total.get_or_create(&kind).inc();
        self.noop.get_or_create(&kind).inc();
    }

    /// A status was written, or could not be.
    pub fn status_written<T>(&self, kind: Kind, took: Duration, outcome: &kube::Result<T>) {
        let of_kind = OfKind { kind: kind.as_str() };
        self.total.get_or_create(&of_kind).inc();
        let error = match outcome {
            Ok(_) => {
                self.success.get_or_create(&of_kind).inc();
                "false"
            }
            Err(error) => {
                self.failed.get_or_create(&of_kind).inc();
                if matches!(error, kube::Error::Api(status) if status.code == 409) {
                    self.conflict.get_or_create(&of_kind).inc();
                }
                "true"
            }
        };
        let outcome = Outcome {
            kind: kind.as_str(),
            error,
        };
        self.duration.get_or_create(&outcome).observe(took.as_secs_f64());
    }

    /// Adds them under the names of the reference.
    pub fn register(&self, registry: &mut Registry) {
        for (name, help, family) in [
            ("status_update", "Statuses that were looked at", &self.total),
            ("status_update_success", "Statuses that were written", &self.success),
            ("status_update_noop", "Statuses that were right already", &self.noop),
            (
                "status_update_conflict",
                "Statuses of objects that changed meanwhile",
                &self.conflict,
            ),
            (
                "status_update_failed",
                "Statuses that could not be written",
                &self.failed,
            ),
        ] {
            registry.register(name, help, family.clone());
        }
        let help = "Time of a write of a status";
        registry.register("status_update_duration_seconds", help, self.duration.clone());
    }
}

/// What is read when it is asked for.
#[derive(Debug)]
pub struct Gauges {
    /// Whose queue.
    pub book: Arc<Book>,
    /// Whether we write.
    pub is_leader: watch::Receiver<bool>,
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let waiting = i64::try_from(self.book.waiting()).unwrap_or(i64::MAX);
        let gauges = [
            ("status_queue_depth", "Objects whose status is to be looked at", waiting),
            (
                "is_leader",
                "Whether this replica writes statuses",
                i64::from(*self.is_leader.borrow()),
            ),
        ];
        for (name, help, value) in gauges {
            ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        Ok(())
    }
}
