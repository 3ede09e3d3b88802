//! `ci`: what every change must pass, cheapest first; stops at the first failure.

use anyhow::Result;
use tokio::process::Command;

use crate::{
    build::cargo,
    paths,
    step::Steps,
    test,
    tools::{on_path, openssl, wasm::Toolchain},
    wasm,
};

const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

/// Runs all of it.
pub(crate) async fn run(steps: &mut Steps) -> Result<()> {
    steps.run("format", cargo("fmt").args(["--all", "--check"])).await?;
    licences(steps).await?;
    // The controller embeds the filter, so not even a lint can go without it.
    wasm::build(steps).await?;
    let mut native = cargo("clippy");
    steps
        .run(
            "clippy",
            native
                .args(["--workspace", "--all-targets"])
                .args(openssl::arguments().await)
                .args(DENY_WARNINGS),
        )
        .await?;
    let mut wasm = Toolchain::find(steps).await?.cargo("clippy");
    steps
        .run(
            "clippy for wasm",
            wasm.args(["--profile", "wasm"])
                .args(wasm::PACKAGES)
                .args(DENY_WARNINGS),
        )
        .await?;
    test::run(steps).await
}

/// Advisories are left out: their database cannot be had offline, and they come with time, not with a change.
async fn licences(steps: &mut Steps) -> Result<()> {
    let Some(deny) = on_path("cargo-deny") else {
        steps.note("licences, bans and sources were not checked: cargo-deny is not installed");
        return Ok(());
    };
    let mut command = Command::new(deny);
    let arguments = ["--offline", "check", "bans", "licenses", "sources"];
    steps
        .run(
            "licences, bans and sources",
            command.args(arguments).current_dir(paths::root()),
        )
        .await
}
