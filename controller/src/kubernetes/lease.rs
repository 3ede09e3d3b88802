//! Who of several replicas writes: the holder of a Lease. Everything else all of them do all the time.
//!
//! The Lease is read again and again. Whoever finds it free, or unchanged for longer than its duration by his own
//! clock, writes his name on it, on condition that nobody else has written meanwhile. Clocks need not agree.

use std::time::Duration;

use anyhow::{Result, ensure};
use isoline_translator::NamespacedName;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
    jiff::Timestamp,
};
use kube::{Api, Client, api::PostParams};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

/// How long giving the lease back may take.
const RELEASE_WITHIN: Duration = Duration::from_secs(2);

/// How the leader is elected.
#[derive(Debug, Clone)]
pub struct Options {
    /// The Lease.
    pub lease: NamespacedName,
    /// Who we are.
    pub identity: String,
    /// How long a leader that has gone silent is still the leader.
    pub duration: Duration,
    /// How long a leader tries to renew the lease before it gives up.
    pub renew_deadline: Duration,
    /// How often the lease is read, and renewed by its holder.
    pub retry_period: Duration,
}

impl Options {
    fn check(&self) -> Result<()> {
        ensure!(
            self.renew_deadline < self.duration,
            "--leader-election-renew-deadline must be less than --leader-election-lease-duration"
        );
        ensure!(
            self.retry_period < self.renew_deadline && !self.retry_period.is_zero(),
            "--leader-election-retry-period must be less than --leader-election-renew-deadline, and not zero"
        );
        Ok(())
    }
}

/// A running candidate.
#[derive(Debug)]
pub struct Candidate {
    is_leader: watch::Receiver<bool>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Candidate {
    /// Stands for election until it is stopped.
    pub fn start(client: Client, options: Options) -> Result<Self> {
        options.check()?;
        let (sender, is_leader) = watch::channel(false);
        let (stop, stopped) = oneshot::channel();
        let election = Election {
            leases: Api::namespaced(client, &options.lease.namespace),
            options,
            seen: None,
            renewed: None,
        };
        let task = tokio::spawn(election.run(sender, stopped));
        Ok(Self { is_leader, stop, task })
    }

    /// One that is always the leader.
    pub fn alone() -> Self {
        let (sender, is_leader) = watch::channel(true);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            drop(stopped.await);
            drop(sender);
        });
        Self { is_leader, stop, task }
    }

    /// Whether we are the leader, now and from now on.
    pub fn is_leader(&self) -> watch::Receiver<bool> {
        self.is_leader.clone()
    }

    /// Gives the lease back, so that another can take over at once.
    pub async fn stop(self) {
        drop(self.stop);
        drop(timeout(RELEASE_WITHIN, self.task).await);
    }
}

struct Election {
    leases: Api<Lease>,
    options: Options,
    /// The last version of the lease, and since when it is that.
    seen: Option<(String, Instant)>,
    /// When we last wrote our name on it, if we hold it.
    renewed: Option<Instant>,
}

impl Election {
    async fn run(mut self, is_leader: watch::Sender<bool>, mut stopped: oneshot::Receiver<()>) {
        loop {
            let attempt = timeout(self.options.renew_deadline, self.attempt());
            let outcome = tokio::select! {
                outcome = attempt => outcome,
                _ = &mut stopped => break,
            };
            match outcome {
                Ok(Ok(holds)) => self.renewed = holds.then(Instant::now),
                Ok(Err(error)) => tracing::warn!("Lease {}: {error}", self.options.lease),
                Err(_) => tracing::warn!("Lease {}: no answer in time", self.options.lease),
            }
            let deadline = self.options.renew_deadline;
            self.renewed.take_if(|renewed| renewed.elapsed() > deadline);
            let holds = self.renewed.is_some();
            if is_leader.send_if_modified(|is_leader| std::mem::replace(is_leader, holds) != holds) {
                let what = if holds {
                    "we write statuses now"
                } else {
                    "another writes statuses now"
                };
                tracing::info!("Lease {}: {what}", self.options.lease);
            }
            tokio::select! {
                () = sleep(self.options.retry_period) => {}
                _ = &mut stopped => break,
            }
        }
        is_leader.send_replace(false);
        if self.renewed.is_some()
            && let Err(error) = self.release().await
        {
            tracing::warn!("Lease {} cannot be given back: {error}", self.options.lease);
        }
    }

    /// Takes or renews the lease; says whether we hold it.
    async fn attempt(&mut self) -> kube::Result<bool> {
        let name = &self.options.lease.name;
        let Some(lease) = self.leases.get_opt(name).await? else {
            let lease = Lease {
                metadata: ObjectMeta {
                    name: Some(name.clone()),
                    ..ObjectMeta::default()
                },
                spec: Some(self.claim(&LeaseSpec::default())),
            };
            return conditional(self.leases.create(&PostParams::default(), &lease).await);
        };
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        if self.seen.as_ref().map(|(seen, _)| seen) != Some(&version) {
            self.seen = Some((version, Instant::now()));
        }
        let spec = lease.spec.clone().unwrap_or_default();
        if !self.may_take(&spec) {
            return Ok(false);
        }
        let claimed = Lease {
            spec: Some(self.claim(&spec)),
            ..lease
        };
        conditional(self.leases.replace(name, &PostParams::default(), &claimed).await)
    }

    fn may_take(&self, spec: &LeaseSpec) -> bool {
        match spec.holder_identity.as_deref() {
            None | Some("") => true,
            Some(holder) if holder == self.options.identity => true,
            Some(_) => {
                // What its holder promised counts, not what we would.
                let seconds = spec
                    .lease_duration_seconds
                    .and_then(|seconds| u64::try_from(seconds).ok());
                let duration = seconds.map_or(self.options.duration, Duration::from_secs);
                self.seen.as_ref().is_some_and(|(_, since)| since.elapsed() > duration)
            }
        }
    }

    fn claim(&self, before: &LeaseSpec) -> LeaseSpec {
        let now = Some(MicroTime(Timestamp::now()));
        let is_ours = before.holder_identity.as_ref() == Some(&self.options.identity);
        let transitions = before.lease_transitions.unwrap_or_default();
        LeaseSpec {
            holder_identity: Some(self.options.identity.clone()),
            lease_duration_seconds: i32::try_from(self.options.duration.as_secs()).ok(),
            renew_time: now.clone(),
            acquire_time: if is_ours { before.acquire_time.clone() } else { now },
            lease_transitions: Some(if is_ours { transitions } else { transitions + 1 }),
            ..LeaseSpec::default()
        }
    }

    async fn release(&self) -> kube::Result<()> {
        let name = &self.options.lease.name;
        let mut lease = self.leases.get(name).await?;
        let spec = lease.spec.get_or_insert_default();
        if spec.holder_identity.as_ref() == Some(&self.options.identity) {
            spec.holder_identity = Some(String::new());
            self.leases.replace(name, &PostParams::default(), &lease).await?;
        }
        Ok(())
    }
}

/// Whether a write was in time: another may have been faster.
fn conditional(written: kube::Result<Lease>) -> kube::Result<bool> {
    match written {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}
