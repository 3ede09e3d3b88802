//! `bench`: the translator's own benchmarks, then requests per second through Envoy with and without the filter.
//!
//! Both routes are served by the same Envoy on the same listener to the same backend, and differ in nothing but a
//! `RoutePolicy`. Runs alternate, so a machine that gets slower gets slower for both.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::{
    backends::Backends,
    build::{self, Profile, cargo},
    certificates::Certificates,
    controller::Controller,
    paths,
    ports::{Offset, TLS_OFFLOAD},
    probe,
    step::{self, Steps},
    tools::{apt, envoy, on_path},
    wasm,
};

const PLAIN: &str = "plain.example.com";
const FILTERED: &str = "filtered.example.com";
const RUNS: usize = 3;

/// Runs both and prints the figures last.
pub(crate) async fn run(steps: &mut Steps) -> Result<()> {
    steps
        .run(
            "benchmarks of the translator",
            cargo("bench").args(["--package", "isoline-translator"]),
        )
        .await?;
    let envoy = envoy::find(steps).await?;
    let wrk = wrk(steps).await?;
    wasm::build(steps).await?;
    let isoline = build::controller(Profile::Release, steps).await?;

    let offset = Offset::free()?;
    let _backends = Backends::start(offset, &Certificates::ensure()?.passthrough()).await?;
    let mut controller = Controller::start(&isoline, &envoy, &[paths::root().join("xtask/bench")], offset)?;
    let measured = steps
        .time(
            "requests per second",
            measure(&mut controller, &wrk, offset.of(TLS_OFFLOAD)),
        )
        .await;
    controller.stop().await?;
    let (plain, filtered) = measured?;
    steps.note(format!("requests/s without the filter, median of {RUNS}: {plain:.0}"));
    steps.note(format!(
        "requests/s with the filter, median of {RUNS}:    {filtered:.0}"
    ));
    steps.note(format!("with : without = {:.2}", filtered / plain));
    Ok(())
}

async fn measure(controller: &mut Controller, wrk: &Path, port: u16) -> Result<(f64, f64)> {
    controller.ready().await?;
    for host in [PLAIN, FILTERED] {
        let status = probe::get(port, host, "/").await?;
        ensure!(status == 200, "{host} answers {status} instead of 200");
    }
    let (mut plain, mut filtered) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        plain.push(requests_per_second(wrk, PLAIN, port).await?);
        filtered.push(requests_per_second(wrk, FILTERED, port).await?);
    }
    Ok((median(plain), median(filtered)))
}

async fn requests_per_second(wrk: &Path, host: &str, port: u16) -> Result<f64> {
    let mut load = Command::new(wrk);
    load.args(["--threads", "1", "--connections", "8", "--duration", "5s", "--header"]);
    let report = step::output(
        load.arg(format!("Host: {host}"))
            .arg(format!("http://127.0.0.1:{port}/")),
    )
    .await?;
    ensure!(
        !report.contains("Non-2xx") && !report.contains("Socket errors"),
        "requests to {host} failed:\n{report}"
    );
    let rate = report
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"))
        .context("no rate in wrk's report")?;
    let rate = rate.trim().parse()?;
    println!("    {host}: {rate:.0} requests/s");
    Ok(rate)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn wrk(steps: &mut Steps) -> Result<PathBuf> {
    if on_path("wrk").is_none() {
        apt::install(&["wrk"], steps)
            .await
            .context("the load generator wrk is needed")?;
    }
    on_path("wrk").context("wrk is installed, but not on PATH")
}
