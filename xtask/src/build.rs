//! The native builds.

use std::{env, path::PathBuf};

use anyhow::Result;
use tokio::process::Command;

use crate::{paths, playground, step::Steps, wasm};

/// How much the compiler optimises.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// As it is shipped.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Builds the filter and the playground, then the controller that carries both; returns nothing but the files under
/// `target/`.
pub(crate) async fn all(profile: Profile, steps: &mut Steps) -> Result<()> {
    wasm::build(steps).await?;
    playground::build_if_possible(steps).await?;
    controller(profile, steps).await.map(drop)
}

/// Builds the controller, which embeds the filter built before, and returns its path.
pub(crate) async fn controller(profile: Profile, steps: &mut Steps) -> Result<PathBuf> {
    let title = format!(
        "building the controller in the {} profile (first time: a few minutes)",
        profile.name()
    );
    // The whole workspace decides on the features of dependencies, so that the tests need not build them again.
    let arguments = ["--workspace", "--bin", "isoline", "--profile", profile.name()];
    steps.run(&title, cargo("build").args(arguments)).await?;
    Ok(paths::target(profile.folder()).join("isoline"))
}

/// The cargo that runs us, in the root of the checkout, with the checkout's own target directory.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .arg(subcommand)
        .current_dir(paths::root())
        .env("CARGO_TARGET_DIR", paths::target(""));
    command
}
