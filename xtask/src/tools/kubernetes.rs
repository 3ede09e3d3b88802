//! A Kubernetes API server with its etcd: in the folder named by `KUBEBUILDER_ASSETS`, else on PATH, else built from their
//! Go modules under `target/`.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::{paths, step::Steps, tools::on_path};

/// The release that is built; `tests/kubernetes/go/go.mod` says the same.
const VERSION: &str = "1.34.2";
const SERVER: &str = "kube-apiserver";
const PROGRAMS: [&str; 2] = [SERVER, "etcd"];

/// The folder with both; builds them if there is none.
pub(crate) async fn find(steps: &mut Steps) -> Result<PathBuf> {
    let (folder, origin) = if let Some(folder) = env::var_os("KUBEBUILDER_ASSETS") {
        let folder = PathBuf::from(folder);
        ensure!(
            has_both(&folder),
            "KUBEBUILDER_ASSETS names no folder with {PROGRAMS:?}"
        );
        (folder, "named by KUBEBUILDER_ASSETS")
    } else if let Some(folder) = on_path(SERVER).and_then(|path| Some(path.parent()?.to_owned()))
        && has_both(&folder)
    {
        (folder, "on PATH")
    } else {
        (built(steps).await?, "from its Go module")
    };
    println!("Kubernetes API server {origin}: {}", paths::shown(&folder));
    Ok(folder)
}

fn has_both(folder: &Path) -> bool {
    PROGRAMS.iter().all(|program| folder.join(program).is_file())
}

async fn built(steps: &mut Steps) -> Result<PathBuf> {
    let folder = paths::target("tools").join(format!("kubernetes-{VERSION}"));
    if has_both(&folder) {
        return Ok(folder);
    }
    let version = |part: &str, value: &str| format!("-X k8s.io/component-base/version.git{part}={value}");
    let (major, minor) = VERSION.split_once('.').context("a version has a dot")?;
    let minor = minor.split('.').next().unwrap_or_default();
    // Without its version clients do not understand the server.
    let flags = [
        "-s -w".to_owned(),
        version("Version", &format!("v{VERSION}")),
        version("Major", major),
        version("Minor", minor),
    ];
    fs::create_dir_all(&folder)?;
    let mut go = Command::new("go");
    go.args(["build", "-ldflags", &flags.join(" "), "-o"])
        .arg(&folder)
        .args(PROGRAMS.map(|program| format!("./{program}")))
        .current_dir(paths::root().join("tests/kubernetes/go"));
    steps
        .run("building a Kubernetes API server (about 3 minutes, once)", &mut go)
        .await
        .context(
            "it is built by Go; install that, or name a folder with kube-apiserver and etcd by KUBEBUILDER_ASSETS",
        )?;
    Ok(folder)
}
