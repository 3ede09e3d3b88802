//! `dist`: what is shipped, in `dist/`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::{
    build::{self, Profile},
    paths, playground,
    step::Steps,
    tools::on_path,
    wasm,
};

/// Builds all of it anew and says how large it is.
pub(crate) async fn run(steps: &mut Steps) -> Result<()> {
    wasm::build(steps).await?;
    playground::build(steps).await?;
    let controller = build::controller(Profile::Release, steps).await?;
    let controller = without_debug_information(controller, steps).await?;
    let dist = paths::root().join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist).context("cannot empty dist/")?;
    }
    for (from, name) in [
        (controller, "isoline"),
        (
            paths::target("wasm/isoline_wasm_filter.wasm"),
            "isoline_wasm_filter.wasm",
        ),
        (playground::bundle(), "playground"),
    ] {
        let to = dist.join(name);
        let size = copy(&from, &to).with_context(|| format!("cannot copy {} to dist/", from.display()))?;
        steps.note(format!("{:>8} KB  {}", size.div_ceil(1000), paths::shown(&to)));
    }
    Ok(())
}

/// The tables of lines are four fifths of the file; whoever profiles has them in `target/release`.
async fn without_debug_information(controller: PathBuf, steps: &mut Steps) -> Result<PathBuf> {
    let Some(strip) = on_path("strip") else {
        steps.note("dist/isoline has its debug information: there is no strip on PATH".to_owned());
        return Ok(controller);
    };
    let stripped = paths::target("release/isoline.stripped");
    let mut command = Command::new(strip);
    command.arg("--strip-debug").arg("-o").args([&stripped, &controller]);
    steps.run("stripping debug information", &mut command).await?;
    Ok(stripped)
}

/// A file, or all files below a folder; returns how many bytes that is.
fn copy(from: &Path, to: &Path) -> Result<u64> {
    if from.is_file() {
        let folder = to.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder)?;
        return Ok(fs::copy(from, to)?);
    }
    let entries: Vec<PathBuf> = fs::read_dir(from)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    entries
        .iter()
        .map(|path| copy(path, &to.join(path.file_name().unwrap_or_default())))
        .sum()
}
