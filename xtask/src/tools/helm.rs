//! Helm: the one named by `HELM`, else the one on PATH if it is of the right major version, else built from its Go module
//! under `target/`.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::{
    paths,
    step::{self, Steps},
    tools::on_path,
};

/// The release that is built.
const VERSION: &str = "4.0.0";
/// Another major version renders the same objects in other words.
const MAJOR: &str = "v4.";

/// The absolute path of a Helm that runs; builds one if there is none.
pub(crate) async fn find(steps: &mut Steps) -> Result<PathBuf> {
    let (path, origin) = if let Some(path) = env::var_os("HELM") {
        (
            fs::canonicalize(&path).with_context(|| format!("HELM names no file: {}", path.display()))?,
            "named by HELM",
        )
    } else if let Some(path) = on_path("helm")
        && fits(&path).await
    {
        (path, "on PATH")
    } else {
        (built(steps).await?, "from its Go module")
    };
    println!("Helm {origin}: {}", paths::shown(&path));
    Ok(path)
}

async fn fits(path: &Path) -> bool {
    let mut version = Command::new(path);
    version.args(["version", "--template", "{{.Version}}"]);
    step::output(&mut version)
        .await
        .is_ok_and(|version| version.starts_with(MAJOR))
}

async fn built(steps: &mut Steps) -> Result<PathBuf> {
    let folder = paths::target("tools").join(format!("helm-{VERSION}"));
    let path = folder.join("helm");
    if fits(&path).await {
        return Ok(path);
    }
    let mut go = Command::new("go");
    go.args(["install", "-ldflags", "-s -w"])
        .arg(format!("helm.sh/helm/v4/cmd/helm@v{VERSION}"))
        .env("GOBIN", &folder);
    steps
        .run("building Helm (about 4 minutes, once)", &mut go)
        .await
        .context("it is built by Go; install that, or name a Helm by HELM")?;
    Ok(path)
}
