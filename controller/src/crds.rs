//! `isoline crds`: what a cluster must know before it holds HTTPProxies.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Result;
use isoline_translator::crd;

/// Print the custom resource definitions that a cluster needs
///
/// They are those of HTTPProxy, TLSCertificateDelegation, ExtensionService, ContourConfiguration and RoutePolicy, as YAML.
/// `isoline check` refuses what an API server with these definitions refuses.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  isoline crds                                         show them
  isoline crds | kubectl apply --server-side -f -      teach them to a cluster, or renew them
  isoline crds | kubectl diff -f -                     see what would change

Exit status: 0 well, 2 the output could not be written.")]
pub struct Options {}

/// Prints them.
pub fn run(_: &Options) -> Result<ExitCode> {
    io::stdout().write_all(crd::yaml().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
