//! `test`: every test of the project with all of its set-up.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use tokio::process::Command;

use crate::{
    build::{self, Profile},
    paths, playground,
    step::{self, Steps},
    tally::Tally,
    tools::{chromium, envoy, helm, kubernetes, node, openssl},
    wasm,
};

/// Sets up, runs the Rust tests and the playground's, and notes the totals. One failing test does not hide the others.
pub(crate) async fn run(steps: &mut Steps) -> Result<()> {
    let envoy = envoy::find(steps).await?;
    let kubernetes = kubernetes::find(steps).await?;
    let helm = helm::find(steps).await?;
    let node = node::find().await?;
    let chromium = chromium::find(steps).await?;
    wasm::build(steps).await?;
    playground::build(steps).await?;
    let isoline = build::controller(Profile::Dev, steps).await?;
    let (mut rust, mut engine, mut page) = (Tally::default(), Tally::default(), Tally::default());
    let rust_outcome = steps
        .time(
            "Rust tests",
            rust_tests(
                &[
                    ("ENVOY", &envoy),
                    ("KUBEBUILDER_ASSETS", &kubernetes),
                    ("HELM", &helm),
                    ("ISOLINE", &isoline),
                ],
                &mut rust,
            ),
        )
        .await;
    let parts = [
        ("ISOLINE", &isoline),
        ("CHROMIUM", &chromium),
        ("PLAYGROUND", &playground::bundle()),
    ];
    let engine_outcome = steps
        .time(
            "playground tests in Node",
            node_tests(&node, "web-playground/test", &parts, &mut engine),
        )
        .await;
    let page_outcome = steps
        .time(
            "playground tests in Chromium",
            node_tests(&node, "web-playground/test/browser", &parts, &mut page),
        )
        .await;
    steps.note(format!("Rust tests: {rust}"));
    steps.note(format!("playground tests in Node: {engine}"));
    steps.note(format!("playground tests in Chromium: {page}"));
    rust_outcome.and(engine_outcome).and(page_outcome)
}

async fn rust_tests(parts: &[(&str, &PathBuf)], tally: &mut Tally) -> Result<()> {
    let mut tests = build::cargo("test");
    tests
        .args(["--workspace", "--no-fail-fast"])
        .args(openssl::arguments().await)
        .envs(parts.iter().copied());
    step::execute_seeing(&mut tests, |line| tally.see(line)).await
}

async fn node_tests(node: &Path, folder: &str, parts: &[(&str, &PathBuf)], tally: &mut Tally) -> Result<()> {
    let mut tests = Command::new(node);
    // Files by name: what a folder means to `node --test` differs between versions.
    tests
        .arg("--test")
        .args(node_test_files(folder)?)
        .current_dir(paths::root())
        .envs(parts.iter().copied());
    step::execute_seeing(&mut tests, |line| tally.see(line)).await
}

fn node_test_files(folder: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(paths::root().join(folder))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
