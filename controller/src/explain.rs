//! `isoline explain`: why Isoline does what it does.

mod load_balancer;

use std::{io, process::ExitCode};

use anyhow::Result;
use clap::ArgGroup;

use crate::{
    manifests::{Paths, objects},
    settings::SettingsOptions,
};

/// Say why requests are treated as they are
///
/// With --load-balancer: what stands in front of Envoy. The settings as they are written, what the Service of Envoy says
/// line by line, what both come to on each listener, and what contradicts itself, with the ways out.
#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("subject").required(true),
    after_help = "\
Examples:
  isoline explain --load-balancer --config isoline.yaml envoy-service.yaml
  kubectl get service envoy -n projectcontour -o yaml | isoline explain --load-balancer -

Exit status: 0 explained, whatever there is to warn of, 2 the files or the configuration could not be read."
)]
pub struct Options {
    /// What stands in front of Envoy, and how that is known
    #[arg(long, group = "subject")]
    load_balancer: bool,
    #[command(flatten)]
    settings: SettingsOptions,
    #[command(flatten)]
    paths: Paths,
}

/// Prints what is asked for.
pub fn run(options: &Options) -> Result<ExitCode> {
    let batch = options.paths.batch()?;
    let settings = options.settings.read(|| batch.clone())?;
    let folder = objects(batch)?;
    if options.load_balancer {
        load_balancer::explain(folder.objects().cloned(), &settings, &mut io::stdout().lock())?;
    }
    Ok(ExitCode::SUCCESS)
}
