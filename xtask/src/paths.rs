//! Where things lie in the checkout.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the root of the checkout")
}

/// A path under `target/`, where everything that is built, installed or made at run time goes.
pub(crate) fn target(below: &str) -> PathBuf {
    root().join("target").join(below)
}

/// The path as a user in the present directory would write it.
pub(crate) fn shown(path: &Path) -> String {
    let here = env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
        .display()
        .to_string()
}
