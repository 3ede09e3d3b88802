//! `bench`: the benchmarks of the translator and of decisions, then requests per second through Envoy with and without the filter.
//!
//! Both hosts are served by the same Envoy on the same listener from the same backend, and differ in nothing but a
//! `RoutePolicy`. Runs alternate, so a machine that gets slower gets slower for both.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::{
    backends::Backends,
    build::{self, Profile, cargo},
    certificates::Certificates,
    controller::{Controller, Launch},
    paths,
    ports::{HTTP, Offset},
    probe,
    step::{self, Steps},
    tools::{apt, envoy, on_path},
    wasm,
};

const PLAIN: &str = "plain.example.com";
const FILTERED: &str = "filtered.example.com";
const RUNS: usize = 3;
/// As a load balancer says that the client spoke TLS, so that the policy lets the request pass.
const OVER_TLS: (&str, &str) = ("X-Forwarded-Proto", "https");

/// Runs both and prints the figures last.
pub(crate) async fn run(steps: &mut Steps) -> Result<()> {
    figures(steps).await?;
    let (plain, filtered) = requests(steps).await?;
    steps.note(format!("requests/s without the filter, median of {RUNS}: {plain:.0}"));
    steps.note(format!("requests/s with the filter, median of {RUNS}: {filtered:.0}"));
    steps.note(format!("with the filter : without = {:.2}", filtered / plain));
    Ok(())
}

/// These benchmarks print nothing but figures.
async fn figures(steps: &mut Steps) -> Result<()> {
    let mut figures = Vec::new();
    let mut benches = cargo("bench");
    benches.args([
        "--package",
        "isoline-translator",
        "--package",
        "isoline-policy",
        "--bench",
        "*",
    ]);
    let measured = step::execute_seeing(&mut benches, |line| figures.push(line.to_owned()));
    steps.time("benchmarks", measured).await?;
    for figure in figures {
        steps.note(figure);
    }
    Ok(())
}

async fn requests(steps: &mut Steps) -> Result<(f64, f64)> {
    let envoy = envoy::find(steps).await?;
    let wrk = wrk(steps).await?;
    wasm::build(steps).await?;
    let binary = build::controller(Profile::Release, steps).await?;
    let offset = Offset::free()?;
    let _backends = Backends::start(offset, &Certificates::ensure()?.passthrough()).await?;
    fs::create_dir_all(paths::target("bench"))?;
    let mut controller = Controller::start(Launch {
        binary: &binary,
        envoy: &envoy,
        folders: &[paths::root().join("xtask/bench/objects")],
        config: "xtask/bench/config.yaml",
        log: Some(File::create(paths::target("bench/controller.log"))?),
        offset,
    })?;
    let measured = steps
        .time("requests per second", measure(&mut controller, &wrk, offset.of(HTTP)))
        .await;
    controller.stop().await?;
    measured
}

async fn measure(controller: &mut Controller, wrk: &Path, port: u16) -> Result<(f64, f64)> {
    controller.ready().await?;
    expect(port, &[("Host", PLAIN), OVER_TLS], 200).await?;
    expect(port, &[("Host", FILTERED), OVER_TLS], 200).await?;
    // That cleartext is redirected shows that the policy is in force, so there is something to measure.
    expect(port, &[("Host", FILTERED)], 301).await?;
    let (mut plain, mut filtered) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        plain.push(requests_per_second(wrk, PLAIN, port).await?);
        filtered.push(requests_per_second(wrk, FILTERED, port).await?);
    }
    Ok((median(plain), median(filtered)))
}

async fn expect(port: u16, headers: &[(&str, &str)], expected: u16) -> Result<()> {
    let status = probe::get(port, "/", headers).await?;
    ensure!(
        status == expected,
        "a request with {headers:?} is answered with {status} instead of {expected}"
    );
    Ok(())
}

async fn requests_per_second(wrk: &Path, host: &str, port: u16) -> Result<f64> {
    let mut load = Command::new(wrk);
    load.args(["--threads", "1", "--connections", "8", "--duration", "5s"]);
    for (name, value) in [("Host", host), OVER_TLS] {
        load.arg("--header").arg(format!("{name}: {value}"));
    }
    let report = step::output(load.arg(format!("http://127.0.0.1:{port}/"))).await?;
    let all_well = !report.contains("Non-2xx") && !report.contains("Socket errors");
    ensure!(all_well, "requests to {host} failed:\n{report}");
    let rate = report.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    let rate = rate.context("no rate in wrk's report")?.trim().parse()?;
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
