//! The API server goes away, or forgets.

use std::time::Duration;

use anyhow::{Result, ensure};
use isoline_tests::{
    cluster::{Cluster, proxy, service},
    load::{Load, Target},
};
use nix::sys::signal::Signal;
use tokio::time::Instant;

const AWAY: Duration = Duration::from_mins(1);

/// Traffic goes on while the API server is away, also for an Envoy that starts meanwhile, and what changes afterwards arrives.
pub(crate) async fn minute() -> Result<()> {
    let mut cluster = Cluster::start().await?;
    let mut replica = cluster.replica(&[]).await?;
    cluster.apply(&service("team", "web")).await?;
    cluster
        .server
        .apply(&proxy("team", "web", "web.example.com", "web"))
        .await?;
    let envoy = cluster.envoy(&replica).await?;
    cluster.answers(&cluster.http(), "web.example.com", 200).await?;
    cluster.server.stop();
    let start = Instant::now();
    drop(envoy);
    let _envoy = cluster.envoy(&replica).await?;
    cluster.answers(&cluster.http(), "web.example.com", 200).await?;
    let load = Load::start(&[Target::new(&cluster.http(), "web.example.com", "/")], 1);
    while start.elapsed() < AWAY {
        load.more(100).await?;
        replica.process.check_running()?;
    }
    cluster.server.resume().await?;
    cluster
        .server
        .apply(&proxy("team", "new", "new.example.com", "web"))
        .await?;
    cluster.answers(&cluster.http(), "new.example.com", 200).await?;
    load.stop().await?;
    replica.ready().await
}

/// A watch whose place in history is forgotten lists again, and finds what came and what went.
pub(crate) async fn compaction() -> Result<()> {
    let mut cluster = Cluster::start().await?;
    let replica = cluster.replica(&[]).await?;
    let _envoy = cluster.envoy(&replica).await?;
    cluster.apply(&service("team", "web")).await?;
    let old = proxy("team", "old", "old.example.com", "web");
    cluster.server.apply(&old).await?;
    cluster.answers(&cluster.http(), "old.example.com", 200).await?;
    replica.process.signal(Signal::SIGSTOP)?;
    cluster.server.delete(&old).await?;
    cluster
        .server
        .apply(&proxy("team", "new", "new.example.com", "web"))
        .await?;
    cluster.server.stop();
    cluster.server.compact().await?;
    cluster.server.resume().await?;
    replica.process.signal(Signal::SIGCONT)?;
    cluster.answers(&cluster.http(), "new.example.com", 200).await?;
    cluster.answers(&cluster.http(), "old.example.com", 404).await?;
    let log = replica.process.log();
    ensure!(!log.contains("panicked"), "{log}");
    Ok(())
}
