//! A compiler for wasm32-unknown-unknown: this toolchain if it has the target or rustup can add it, else Debian's.
//!
//! Debian ships no standard library for this target, but its source: cargo builds it along with our crates.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::{
    build, paths,
    step::{self, Steps},
    tools::{apt, on_path},
};

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler, the source of the standard library, its linker and its linter.
const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22"];
const DEBIAN_LINKER: &str = "wasm-ld-22";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";

/// Who compiles for wasm.
#[derive(Clone, Copy)]
pub(crate) enum Toolchain {
    /// The toolchain that runs us.
    Own,
    /// Debian's packages.
    Debian,
}

impl Toolchain {
    /// Finds one, installing what is missing.
    pub(crate) async fn find(steps: &mut Steps) -> Result<Self> {
        // Debian's packages, once installed, come before rustup: where they were needed a download fails each time.
        let toolchain = if has_own().await? {
            Self::Own
        } else if has_debian() {
            Self::Debian
        } else if added_by_rustup(steps).await && has_own().await? {
            Self::Own
        } else {
            apt::install(&DEBIAN_PACKAGES, steps).await.with_context(|| {
                format!("the target {TARGET} is needed: `rustup target add {TARGET}`, or on Debian its packages")
            })?;
            Self::Debian
        };
        println!("wasm: {}", toolchain.described());
        Ok(toolchain)
    }

    fn described(self) -> String {
        match self {
            Self::Own => format!("this toolchain's {TARGET}"),
            Self::Debian => format!("Debian's rustc with its standard library built from source for {TARGET}"),
        }
    }

    /// A cargo command for the wasm target, with the target directory that all wasm builds share.
    pub(crate) fn cargo(self, subcommand: &str) -> Command {
        let mut command = match self {
            Self::Own => build::cargo(subcommand),
            Self::Debian => debian_cargo(subcommand),
        };
        command
            .args(["--target", TARGET])
            .env("CARGO_TARGET_DIR", paths::target("wasm"));
        command
    }
}

fn debian_cargo(subcommand: &str) -> Command {
    // `cargo clippy` would start the first cargo-clippy on PATH, which may belong to another toolchain.
    let mut command = Command::new(if subcommand == "clippy" {
        DEBIAN_CLIPPY
    } else {
        DEBIAN_CARGO
    });
    command
        .args([subcommand, "-Z", "build-std=std,panic_abort"])
        .current_dir(paths::root())
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", DEBIAN_RUSTC)
        .env("CARGO", DEBIAN_CARGO)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
        .env_remove("LD_LIBRARY_PATH");
    command
}

async fn has_own() -> Result<bool> {
    let mut rustc = Command::new("rustc");
    let sysroot = PathBuf::from(step::output(rustc.args(["--print", "sysroot"]).current_dir(paths::root())).await?);
    Ok(sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn has_debian() -> bool {
    let parts = [DEBIAN_RUSTC, DEBIAN_CARGO, DEBIAN_CLIPPY, DEBIAN_SOURCE];
    parts.iter().all(|part| Path::new(part).exists()) && on_path(DEBIAN_LINKER).is_some()
}

async fn added_by_rustup(steps: &mut Steps) -> bool {
    let Some(rustup) = on_path("rustup") else { return false };
    let title = format!("adding {TARGET} by rustup");
    steps
        .run(&title, Command::new(rustup).args(["target", "add", TARGET]))
        .await
        .is_ok()
}
