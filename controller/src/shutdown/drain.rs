//! The drain of one Envoy.

use std::{fs, io, path::PathBuf, time::Duration};

use isoline_translator::parse_duration;
use tokio::time::{Instant, sleep, timeout_at};

use super::connections;
use crate::admin::{self, Admin, AdminError};

/// Pauses between the attempts to reach Envoy for the first time.
const RETRIES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
];

const FAIL_READINESS: &str = "/healthcheck/fail";
const PASS_READINESS: &str = "/healthcheck/ok";

/// How to drain.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Drain {
    #[command(flatten)]
    admin: admin::Options,
    /// How long to wait before anything is done, so that load balancers hear of the end in other ways first
    #[arg(long = "drain-delay", value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    delay: Duration,
    /// How long to wait before connections are counted
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    check_delay: Duration,
    /// How long to wait between two counts
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = parse_duration)]
    check_interval: Duration,
    /// How many connections are few enough
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_open_connections: u64,
    /// How long all of it may take; less than the grace period of the Pod
    #[arg(long = "drain-timeout", value_name = "DURATION", default_value = "300s", value_parser = parse_duration)]
    timeout: Duration,
    /// File that is made when Envoy is drained
    #[arg(long, value_name = "PATH", default_value = "/admin/ok")]
    pub(super) ready_file: PathBuf,
}

/// An Envoy that is not drained.
#[derive(Debug, thiserror::Error)]
pub enum DrainError {
    /// It takes no orders.
    #[error("cannot tell Envoy to drain")]
    Start(#[source] AdminError),
    /// The time is up.
    #[error("{remaining} connections remained when {limit:?} (--drain-timeout) were over")]
    Remaining {
        /// At the last count.
        remaining: u64,
        /// How long the drain could take.
        limit: Duration,
    },
    /// The time is up, and nobody knows how many there are.
    #[error("connections could not be counted within {0:?} (--drain-timeout)")]
    Unknown(Duration),
    /// It is drained, and cannot say so.
    #[error("cannot write the ready file {}; name another with --ready-file", path.display())]
    ReadyFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Drain {
    /// Drains, and makes the ready file.
    pub async fn run(&self) -> Result<(), DrainError> {
        let deadline = Instant::now() + self.timeout;
        let mut remaining = None;
        let outcome = timeout_at(deadline, self.until_drained(&mut remaining)).await;
        outcome.unwrap_or_else(|_| Err(self.too_late(remaining)))?;
        tracing::info!("Envoy is drained");
        fs::write(&self.ready_file, "").map_err(|source| DrainError::ReadyFile {
            path: self.ready_file.clone(),
            source,
        })
    }

    /// Undoes the drain of an earlier life, if an Envoy is there that may be in it.
    pub(super) async fn undo(&self) {
        let admin = Admin::at(self.admin.address());
        match admin.post(PASS_READINESS).await {
            Ok(()) => tracing::debug!("Envoy is told to be ready"),
            // One that starts is not drained.
            Err(error) => tracing::debug!(error = format!("{:#}", anyhow::Error::new(error)), "no Envoy yet"),
        }
    }

    fn too_late(&self, remaining: Option<u64>) -> DrainError {
        let limit = self.timeout;
        remaining.map_or(DrainError::Unknown(limit), |remaining| DrainError::Remaining {
            remaining,
            limit,
        })
    }

    async fn until_drained(&self, remaining: &mut Option<u64>) -> Result<(), DrainError> {
        let admin = Admin::at(self.admin.address());
        sleep(self.delay).await;
        fail_readiness(&admin).await.map_err(DrainError::Start)?;
        tracing::info!("Envoy drains");
        sleep(self.check_delay).await;
        loop {
            match connections::count(&admin).await {
                Ok(open) if open <= self.min_open_connections => return Ok(()),
                Ok(open) => {
                    tracing::info!(open, "connections remain");
                    *remaining = Some(open);
                }
                Err(connections::CountError::Admin(AdminError::Connect { .. })) => {
                    tracing::info!("Envoy has ended");
                    return Ok(());
                }
                Err(error) => tracing::warn!(
                    error = format!("{:#}", anyhow::Error::new(error)),
                    "cannot count connections"
                ),
            }
            sleep(self.check_interval).await;
        }
    }
}

/// From now on `/ready` answers 503, and every answer to a client is the last one on its connection.
async fn fail_readiness(admin: &Admin) -> Result<(), AdminError> {
    for pause in RETRIES {
        match admin.post(FAIL_READINESS).await {
            Ok(()) => return Ok(()),
            Err(error) => tracing::warn!(
                error = format!("{:#}", anyhow::Error::new(error)),
                "cannot tell Envoy to drain yet"
            ),
        }
        sleep(pause).await;
    }
    admin.post(FAIL_READINESS).await
}
