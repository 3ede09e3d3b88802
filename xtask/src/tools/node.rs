//! Node, which runs the playground's tests, and its npm, which builds the playground's page.

use std::path::{Path, PathBuf};

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

/// The npm that came with this Node, or the one on PATH.
pub(crate) fn npm(node: &Path) -> Result<PathBuf> {
    let beside = node.with_file_name("npm");
    let found = if beside.is_file() { Some(beside) } else { on_path("npm") };
    found.with_context(|| {
        format!(
            "npm is needed, and there is none beside {} or on PATH: install Node from a package that brings npm, or \
             Debian's package npm",
            node.display()
        )
    })
}
