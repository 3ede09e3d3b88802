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

/// The bundle, once it is built.
pub(crate) fn bundle() -> PathBuf {
    paths::target("playground/page")
}

/// Where the page's sources and packages are.
pub(crate) fn sources() -> PathBuf {
    paths::root().join("web-playground/page")
}

/// Builds the page around an engine that was built before, unless nothing has changed.
pub(crate) async fn build(steps: &mut Steps) -> Result<()> {
    let npm = packages(steps).await?;
    let inputs = [
        sources(),
        paths::root().join("web-playground/examples"),
        paths::target("playground/engine"),
    ];
    let stamp = paths::target("playground/page.digest");
    let inputs = inputs.into_iter().filter(|path| path.exists()).collect::<Vec<_>>();
    let digest = digest::of(&inputs)?;
    if bundle().join("index.html").is_file() && is_stamped(&stamp, &digest) {
        return Ok(());
    }
    steps
        .run(
            "building the playground's page",
            command(&npm).args(["run", "--silent", "build"]),
        )
        .await?;
    fs::write(&stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Serves the page from its sources, which the browser follows; ends when we do.
pub(crate) async fn serve(steps: &mut Steps) -> Result<()> {
    wasm::build(steps).await?;
    let npm = packages(steps).await?;
    println!("the playground: http://127.0.0.1:5173/ (Ctrl-C ends it)");
    let mut vite = command(&npm);
    vite.args([
        "exec",
        "--",
        "vite",
        "--host",
        "127.0.0.1",
        "--port",
        "5173",
        "--strictPort",
    ]);
    steps.run("serving the playground", &mut vite).await
}

/// Installs exactly what the lock file names; returns npm.
async fn packages(steps: &mut Steps) -> Result<PathBuf> {
    let npm = npm(&node::find().await?)?;
    let stamp = sources().join("node_modules/.installed");
    let digest = digest::of(&[sources().join("package-lock.json")])?;
    if !is_stamped(&stamp, &digest) {
        let title = "installing the page's packages";
        steps
            .run(title, command(&npm).args(["ci", "--no-audit", "--no-fund"]))
            .await?;
        fs::write(&stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    Ok(npm)
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
