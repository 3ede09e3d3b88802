//! Where the log goes and what it looks like.

use std::io::{self, IsTerminal as _};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For machines: one object per line
    Json,
}

/// What is said by default. The watcher reports as failures what is usual where folders come and go.
const DEFAULT: &str = "info,notify=error";
/// What we do in detail.
pub const OURS: &str = "isoline=debug";
/// What is said to the API server.
pub const KUBERNETES: &str = "kube=debug";

/// Sends the log to standard error, from `info` on and with these details besides, unless the variable `RUST_LOG` says
/// otherwise.
pub fn start(format: Format, details: impl IntoIterator<Item = &'static str>) {
    let default = details.into_iter().fold(DEFAULT.to_owned(), |all, one| all + "," + one);
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(io::stderr);
    match format {
        Format::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        Format::Json => log.json().init(),
    }
}
