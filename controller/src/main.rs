//! The `isoline` binary.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use isoline::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run().unwrap_or_else(|error| {
        // With standard error closed there is nobody left to tell.
        let _ = writeln!(io::stderr(), "error: {error:#}");
        ExitCode::from(2)
    })
}
