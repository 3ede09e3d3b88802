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
    loop {
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
        if shared.stopping.load(Ordering::Relaxed) || started.elapsed() > LIMIT {
            return failures;
        }
        sleep(PAUSE).await;
    }
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

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// Load on a server that answers the first request of each connection with these bytes and closes it.
    async fn load_on(answer: &'static str) -> Result<Load> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Ok(Load::start(&[Target::new(&Dial::port(port), "a.test", "/")], 1))
    }

    #[tokio::test]
    async fn every_kind_of_failure_counts() -> Result<()> {
        for answer in [
            "",
            "HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 301 Moved\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        ] {
            assert!(load_on(answer).await?.stop().await.is_err(), "{answer}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn an_end_counts_as_a_failure_unless_it_is_announced() -> Result<()> {
        let load = load_on("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
        load.more(2).await?;
        assert!(load.stop().await.is_err());
        let load = load_on("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await?;
        load.more(2).await?;
        load.stop().await?;
        Ok(())
    }
}
