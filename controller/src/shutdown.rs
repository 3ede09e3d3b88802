//! How an Envoy ends without a lost request: `isoline shutdown`, and `isoline shutdown-manager` beside Envoy.

mod connections;
mod drain;
mod manager;

use std::process::ExitCode;

use anyhow::Result;
use tokio::runtime::Runtime;

pub use self::{
    drain::{Drain, DrainError},
    manager::{Options as ManagerOptions, run as run_manager},
};
use crate::log;

/// Drain the Envoy of this machine, and wait until its clients have left
///
/// Envoy's readiness fails from now on, so that load balancers send no new clients; every answer to those that are here
/// asks them to connect anew, which leads them elsewhere. Then connections to the listeners for traffic are counted
/// until there are few enough. Envoy itself goes on: end it afterwards.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  isoline shutdown                                                        as the preStop command of a container
  isoline shutdown --admin-address 127.0.0.1 --drain-delay 15s --drain-timeout 2m

Exit status: 0 drained, 2 not: connections remained at the end, or Envoy cannot be reached.")]
pub struct Options {
    #[command(flatten)]
    drain: Drain,
    #[command(flatten)]
    log: LogOptions,
}

/// How the log of these commands looks.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct LogOptions {
    /// Form of the log on standard error; the variable `RUST_LOG` sets how much (info)
    #[arg(long, value_enum, default_value_t = log::Format::Text)]
    log_format: log::Format,
}

/// Drains once.
pub fn run(options: &Options) -> Result<ExitCode> {
    log::start(options.log.log_format, None);
    Runtime::new()?.block_on(options.drain.run())?;
    Ok(ExitCode::SUCCESS)
}
