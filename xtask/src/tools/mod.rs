//! The programs that the steps need: where each is found, and how it is installed if it is missing.

pub(crate) mod apt;
pub(crate) mod chromium;
pub(crate) mod envoy;
pub(crate) mod helm;
pub(crate) mod kubernetes;
pub(crate) mod node;
pub(crate) mod openssl;
pub(crate) mod wasm;

use std::{env, path::PathBuf};

/// The first file of that name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
