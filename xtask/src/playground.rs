//! The playground's page: its packages, its bundle, and a server that follows its sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::{
    digest, paths,
    step::Steps,
    tools::node::{self, npm},
    wasm,
};

/// Where the page is served while its sources change.
const PORT: &str = "5173";

/// The bundle, once it is built.
pub(crate) fn bundle() -> PathBuf {
    paths::target("playground/page")
}

/// Where the page's sources and packages are.
fn sources() -> PathBuf {
    paths::root().join("web-playground/page")
}

/// Builds the page where there is Node; elsewhere the controller goes without.
pub(crate) async fn build_if_possible(steps: &mut Steps) -> Result<()> {
    if let Err(error) = node::find().await {
        println!("the playground is left out: {error:#}");
        return Ok(());
    }
    build(steps).await
}

/// Builds the page around an engine that was built before, unless nothing has changed.
pub(crate) async fn build(steps: &mut Steps) -> Result<()> {
    let npm = npm(&node::find().await?)?;
    packages(&npm, steps).await?;
    let stamp = paths::target("playground/page.digest");
    let digest = digest::of(&[
        sources(),
        paths::root().join("web-playground/examples"),
        paths::target("playground/engine"),
    ])?;
    if bundle().join("index.html").is_file() && is_stamped(&stamp, &digest) {
        return Ok(());
    }
    let title = "building the playground's page";
    steps
        .run(title, command(&npm).args(["run", "--silent", "build"]))
        .await?;
    fs::write(&stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Serves the page from its sources, which the browser follows; ends when we do.
pub(crate) async fn serve(steps: &mut Steps) -> Result<()> {
    wasm::build(steps).await?;
    let node = node::find().await?;
    packages(&npm(&node)?, steps).await?;
    println!("the playground: http://127.0.0.1:{PORT}/ (Ctrl-C ends it)");
    // Not through npm, which would leave it behind when it is killed.
    let mut vite = Command::new(node);
    vite.arg(sources().join("node_modules/vite/bin/vite.js"))
        .args(["--host", "127.0.0.1", "--strictPort", "--port", PORT])
        .current_dir(sources());
    steps.run("serving the playground", &mut vite).await
}

/// Installs exactly what the lock file names.
async fn packages(npm: &Path, steps: &mut Steps) -> Result<()> {
    let stamp = sources().join("node_modules/.installed");
    let digest = digest::of(&[sources().join("package-lock.json")])?;
    if is_stamped(&stamp, &digest) {
        return Ok(());
    }
    let title = "installing the page's packages";
    steps
        .run(title, command(npm).args(["ci", "--no-audit", "--no-fund"]))
        .await?;
    fs::write(&stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))
}

fn is_stamped(stamp: &Path, digest: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|stamped| stamped == digest)
}

fn command(npm: &Path) -> Command {
    let mut command = Command::new(npm);
    command
        .current_dir(sources())
        .env("npm_config_cache", paths::target("npm"))
        .env("npm_config_update_notifier", "false");
    command
}
