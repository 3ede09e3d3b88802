//! What runs as WebAssembly: the filter inside Envoy and the translator inside a browser.
//!
//! Both come from one cargo invocation with a target directory of its own, `target/wasm`. It is also the proof that
//! the policy, the Envoy messages and the translator stay free of anything that a browser lacks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tokio::task::spawn_blocking;
use wasm_bindgen_cli_support::Bindgen;

use crate::{paths, step::Steps, tools::wasm::Toolchain};

pub(crate) const PACKAGES: [&str; 4] = ["--package", "isoline-wasm-filter", "--package", "isoline-playground"];

/// Builds the filter and the playground's package for Node.
pub(crate) async fn build(steps: &mut Steps) -> Result<()> {
    let toolchain = Toolchain::find(steps).await?;
    let title = "building the filter and the playground for wasm (first time: a few minutes)";
    steps
        .run(
            title,
            toolchain.cargo("build").args(["--profile", "wasm"]).args(PACKAGES),
        )
        .await?;
    copy_if_changed(
        &module("isoline_wasm_filter"),
        &paths::target("wasm/isoline_wasm_filter.wasm"),
    )?;
    steps
        .time("binding the playground for Node", bind(&module("isoline_playground")))
        .await
}

fn module(name: &str) -> PathBuf {
    paths::target("wasm/wasm32-unknown-unknown/wasm").join(format!("{name}.wasm"))
}

/// The controller's build script watches the copy, so an unchanged filter must not touch it.
fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let new = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::write(to, new).with_context(|| format!("cannot write {}", to.display()))
}

async fn bind(module: &Path) -> Result<()> {
    let out = paths::target("playground/node");
    if newer(&out.join("isoline_playground_bg.wasm"), module) {
        return Ok(());
    }
    let module = module.to_owned();
    spawn_blocking(move || {
        Bindgen::new()
            .input_path(&module)
            .nodejs(true)?
            .typescript(true)
            .generate(&out)
    })
    .await?
}

fn newer(a: &Path, b: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    matches!((modified(a), modified(b)), (Ok(a), Ok(b)) if a > b)
}
