//! Where the real parts are: what `cargo xtask test` says, or what is at hand.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// The `isoline` binary: `ISOLINE`, or what is built beside the tests.
pub fn isoline() -> Result<PathBuf> {
    let beside = || Some(env::current_exe().ok()?.parent()?.parent()?.join("isoline"));
    let candidates = named("ISOLINE").or_else(beside).into_iter();
    find(candidates).context("no isoline binary: run `cargo xtask test`, or set ISOLINE")
}

/// The `envoy` binary: `ENVOY`, or what is on the path.
pub fn envoy() -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join("envoy"));
    let candidates = named("ENVOY").map_or_else(|| on_path.collect(), |named| vec![named]);
    find(candidates.into_iter()).context("no envoy binary: run `cargo xtask test`, or set ENVOY")
}

/// A program of Kubernetes: in the folder `KUBEBUILDER_ASSETS`, or on the path.
pub fn kubernetes(program: &str) -> Result<PathBuf> {
    let path = env::var_os("KUBEBUILDER_ASSETS").or_else(|| env::var_os("PATH"));
    let path = path.unwrap_or_default();
    let candidates = env::split_paths(&path).map(|folder| folder.join(program));
    find(candidates).with_context(|| format!("no {program}: run `cargo xtask test`, or set KUBEBUILDER_ASSETS"))
}

/// The `helm` binary: `HELM`, or what is on the path.
pub fn helm() -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join("helm"));
    let candidates = named("HELM").map_or_else(|| on_path.collect(), |named| vec![named]);
    find(candidates.into_iter()).context("no helm binary: run `cargo xtask test`, or set HELM")
}

/// The root of the checkout.
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in the root of the checkout")
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from)
}

fn find(mut candidates: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    candidates.find(|path| path.is_file())
}
