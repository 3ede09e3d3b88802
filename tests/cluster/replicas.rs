//! Several replicas: all serve, one writes.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    cluster::{Cluster, Replica, condition, proxy, service},
    load::{Load, Target},
    wait::until,
};
use serde_json::Value;
use tokio::time::Instant;

const FAST: [&str; 6] = [
    "--leader-election-lease-duration=3s",
    "--leader-election-renew-deadline=2s",
    "--leader-election-retry-period=500ms",
    "--envoy-service-name=envoy",
    "--root-namespaces=",
    "--debug",
];
const BURST: usize = 300;

/// Whoever is killed in the middle of a burst of objects, every object has its status, and no request is lost.
pub(crate) async fn killed_leader() -> Result<()> {
    let cluster = Cluster::start().await?;
    let mut first = cluster.replica(&FAST).await?;
    is_leader(&first, true).await?;
    let second = cluster.second_replica(&FAST).await?;
    let _envoy = cluster.envoy(&second).await?;
    cluster.apply(&service("team", "web")).await?;
    cluster
        .server
        .apply(&proxy("team", "web", "web.example.com", "web"))
        .await?;
    cluster.answers(&cluster.http(), "web.example.com", 200).await?;
    let load = Load::start(&[Target::new(&cluster.http(), "web.example.com", "/")], 2);
    ensure!(second.metric("isoline_is_leader").await? == 0, "two leaders");
    for number in 0..BURST {
        let name = format!("burst-{number}");
        cluster
            .server
            .apply(&proxy("team", &name, &format!("{name}.example.com"), "web"))
            .await?;
        if number == BURST / 2 {
            first.process.kill()?;
        }
    }
    is_leader(&second, true).await?;
    all_valid(&cluster, BURST + 1).await?;
    let last = format!("burst-{}.example.com", BURST - 1);
    cluster.answers(&cluster.http(), &last, 200).await?;
    load.stop().await?;
    Ok(())
}

/// A replica that stops in order is followed at once, not when its lease has run out.
pub(crate) async fn stopped_leader() -> Result<()> {
    let cluster = Cluster::start().await?;
    let long = [
        "--leader-election-retry-period=500ms",
        "--leader-election-lease-duration=60s",
    ];
    let first = cluster.replica(&long).await?;
    is_leader(&first, true).await?;
    let second = cluster.second_replica(&long).await?;
    drop(first);
    let start = Instant::now();
    is_leader(&second, true).await?;
    ensure!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    let lease = cluster
        .server
        .read("/apis/coordination.k8s.io/v1/namespaces/isoline/leases/isoline-leader")
        .await?;
    ensure!(lease["spec"]["leaseTransitions"] == 2, "{lease:#}");
    Ok(())
}

async fn is_leader(replica: &Replica, expected: bool) -> Result<()> {
    until("the replica leads", async || {
        let leads = replica.metric("isoline_is_leader").await? > 0;
        ensure!(leads == expected, "leads: {leads}");
        Ok(())
    })
    .await
}

/// Waits until every HTTPProxy of the namespace is valid.
pub(crate) async fn all_valid(cluster: &Cluster, count: usize) -> Result<()> {
    until("all objects are valid", async || {
        let proxies = cluster
            .server
            .read("/apis/projectcontour.io/v1/namespaces/team/httpproxies")
            .await?;
        let proxies = proxies["items"].as_array().context("a list")?;
        let is_valid = |proxy: &&Value| {
            condition(proxy, "Valid")["status"] == "True"
                && condition(proxy, "Valid")["observedGeneration"] == proxy["metadata"]["generation"]
        };
        let valid = proxies.iter().filter(is_valid).count();
        ensure!(valid == count, "{valid} of {count}");
        Ok(())
    })
    .await
}
