//! Load that forgives nothing: whatever is not a 2xx on a connection that stays open is a failure.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, bail, ensure};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    client::{Connection, Dial},
    wait::until,
};

/// Between two requests on one connection, so that the parts under test get their share of the machine.
const PAUSE: Duration = Duration::from_millis(1);
/// No load goes on for longer.
const LIMIT: Duration = Duration::from_mins(3);
/// How many failures are told in full.
const TOLD: usize = 20;

/// What to ask for, again and again.
#[derive(Debug, Clone)]
pub struct Target {
    pub dial: Dial,
    pub host: String,
    pub path: String,
}

impl Target {
    pub fn new(dial: &Dial, host: &str, path: &str) -> Self {
        Self {
            dial: dial.clone(),
            host: host.to_owned(),
            path: path.to_owned(),
        }
    }
}

/// Running load.
#[derive(Debug)]
pub struct Load {
    connections: JoinSet<Vec<String>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    requests: AtomicU64,
    stopping: AtomicBool,
}

impl Load {
    /// Starts so many kept connections to each target.
    pub fn start(targets: &[Target], connections_each: usize) -> Self {
        let shared = Arc::<Shared>::default();
        let mut connections = JoinSet::new();
        for target in targets {
            for _ in 0..connections_each {
                connections.spawn(repeat(target.clone(), Arc::clone(&shared)));
            }
        }
        Self { connections, shared }
    }

    /// How many requests were answered well.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Waits until so many more requests were answered well.
    pub async fn more(&self, requests: u64) -> Result<()> {
        let goal = self.requests() + requests;
        until("the load goes on", async || {
            ensure!(self.requests() >= goal, "{} of {goal} requests", self.requests());
            Ok(())
        })
        .await
    }

    /// Ends it and fails if anything failed; returns the number of requests.
    pub async fn stop(mut self) -> Result<u64> {
        self.shared.stopping.store(true, Ordering::Relaxed);
        let mut failures = Vec::new();
        while let Some(outcome) = self.connections.join_next().await {
            failures.extend(outcome?);
        }
        if failures.is_empty() {
            return Ok(self.requests());
        }
        let count = failures.len();
        failures.truncate(TOLD);
        bail!(
            "{count} failures among {} requests:\n{}",
            self.requests(),
            failures.join("\n")
        );
    }
}

/// The failures of one connection and of those that took its place.
async fn repeat(target: Target, shared: Arc<Shared>) -> Vec<String> {
    let started = Instant::now();
    let mut failures = Vec::new();
    let mut connection = None;
    while !shared.stopping.load(Ordering::Relaxed) && started.elapsed() < LIMIT {
        match once(&target, &mut connection).await {
            Ok(()) => drop(shared.requests.fetch_add(1, Ordering::Relaxed)),
            Err(error) => {
                failures.push(format!(
                    "{}{} after {:?}: {error:#}",
                    target.host,
                    target.path,
                    started.elapsed()
                ));
            }
        }
        sleep(PAUSE).await;
    }
    failures
}

async fn once(target: &Target, connection: &mut Option<Connection>) -> Result<()> {
    let mut open = match connection.take() {
        Some(open) => open,
        None => target.dial.open().await?,
    };
    let answer = open.get(&target.host, &target.path, &[]).await?;
    ensure!((200..300).contains(&answer.status), "status {}", answer.status);
    if !answer.is_last() {
        *connection = Some(open);
    }
    Ok(())
}
