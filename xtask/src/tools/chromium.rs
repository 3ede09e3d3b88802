//! Chromium, in which the playground's page is tested: the one named by `CHROMIUM`, else the one on PATH, else Debian's.

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::{
    paths,
    step::Steps,
    tools::{apt, on_path},
};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The absolute path of one; installs it if there is none.
pub(crate) async fn find(steps: &mut Steps) -> Result<PathBuf> {
    let path = if let Some(path) = env::var_os("CHROMIUM") {
        fs::canonicalize(&path).with_context(|| format!("CHROMIUM names no file: {}", path.display()))?
    } else if let Some(path) = NAMES.into_iter().find_map(on_path) {
        path
    } else {
        let needed = "a browser is needed: install Chromium, or name one by CHROMIUM";
        apt::install(&["chromium"], steps).await.context(needed)?;
        on_path("chromium").context("chromium is installed, but not on PATH")?
    };
    println!("Chromium: {}", paths::shown(&path));
    Ok(path)
}
