//! Node, which runs the playground's tests.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use crate::{paths, step, tools::on_path};

const OLDEST: u32 = 20;

/// The path of a Node that is new enough.
pub(crate) async fn find() -> Result<PathBuf> {
    let path =
        on_path("node").with_context(|| format!("Node {OLDEST} or newer is needed, and there is no node on PATH"))?;
    let version = step::output(Command::new(&path).arg("--version")).await?;
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < OLDEST) {
        bail!("Node {OLDEST} or newer is needed; {} is {version}", path.display());
    }
    println!("Node {version} on PATH: {}", paths::shown(&path));
    Ok(path)
}
