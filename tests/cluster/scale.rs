//! Many objects at once. Figures are printed, not asserted.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use isoline_tests::{
    cluster::{Cluster, Replica, proxy, service},
    wait::until,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::replicas::all_valid;

const FEW: usize = 200;
const MANY: usize = 2_000;
const AT_ONCE: usize = 16;
const EDITS: u16 = 50;

/// Two hundred objects, then two thousand: all get their statuses, and a change among them is as fast as among few.
pub(crate) async fn two_thousand() -> Result<()> {
    let cluster = Cluster::start().await?;
    let replica = cluster.replica(&[]).await?;
    let _envoy = cluster.envoy(&replica).await?;
    cluster.apply(&service("team", "web")).await?;
    create(&cluster, 0..FEW).await?;
    edits(&cluster, FEW).await?;
    create(&cluster, FEW..MANY).await?;
    edits(&cluster, MANY).await?;
    statuses(&cluster, &replica).await?;
    println!(
        "memory of the controller at {MANY} HTTPProxies: {} MiB resident",
        resident(&replica)?
    );
    Ok(())
}

async fn create(cluster: &Cluster, numbers: std::ops::Range<usize>) -> Result<()> {
    let (start, last, count) = (Instant::now(), numbers.end, numbers.len());
    stream::iter(numbers)
        .map(|number| async move {
            let name = format!("web-{number}");
            cluster
                .server
                .apply(&proxy("team", &name, &format!("{name}.example.com"), "web"))
                .await
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    let created = start.elapsed();
    all_valid(cluster, last).await?;
    println!(
        "{count} HTTPProxies created in {created:.2?}, all statuses valid after {:.2?}",
        start.elapsed()
    );
    Ok(())
}

/// When every status is to be written anew, a change is as fast as ever.
async fn statuses(cluster: &Cluster, replica: &Replica) -> Result<()> {
    let mut balancer = service("projectcontour", "envoy")[0].clone();
    balancer["spec"]["type"] = "LoadBalancer".into();
    balancer["spec"]["clusterIP"] = Value::Null;
    cluster.server.apply(&balancer).await?;
    balancer["spec"] = Value::Null;
    balancer["status"] = json!({"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}});
    let start = Instant::now();
    cluster.server.apply_status(&balancer).await?;
    edits(cluster, MANY - 1).await?;
    let waiting = replica.metric("isoline_status_queue_depth").await?;
    println!("these with {waiting} statuses still to be written");
    until("all objects have the address", async || {
        let proxies = cluster
            .server
            .read("/apis/projectcontour.io/v1/namespaces/team/httpproxies")
            .await?;
        let proxies = proxies["items"].as_array().context("a list")?;
        let has_address =
            |proxy: &&Value| proxy["status"]["loadBalancer"]["ingress"][0]["hostname"] == "lb.example.com";
        let count = proxies.iter().filter(has_address).count();
        ensure!(count == MANY, "{count} of {MANY}");
        Ok(())
    })
    .await?;
    println!("{MANY} statuses written anew in {:.2?}", start.elapsed());
    Ok(())
}

/// From the API server's answer to a changed object until Envoy answers differently.
async fn edits(cluster: &Cluster, count: usize) -> Result<()> {
    let mut times = Vec::new();
    for number in 0..EDITS {
        let name = format!("web-{}", usize::from(number) * count / usize::from(EDITS));
        let host = format!("{name}.example.com");
        let mut changed = proxy("team", &name, &host, "web");
        changed["spec"]["routes"][0] = json!({"directResponsePolicy": {"statusCode": 300 + number}});
        cluster.server.apply(&changed).await?;
        let start = Instant::now();
        cluster.answers(&cluster.http(), &host, 300 + number).await?;
        times.push(start.elapsed());
    }
    times.sort();
    let millis = |time: &Duration| time.as_secs_f64() * 1000.0;
    let (median, last) = (
        times.get(times.len() / 2).context("a time")?,
        times.last().context("a time")?,
    );
    println!(
        "from a changed HTTPProxy in the API to a changed answer among {count}: p50 {:.1} ms, max {:.1} ms of {EDITS}",
        millis(median),
        millis(last)
    );
    Ok(())
}

fn resident(replica: &Replica) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", replica.process.id()))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("a resident size")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024)
}
