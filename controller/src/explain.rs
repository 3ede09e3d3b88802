//! `isoline explain`: why Isoline does what it does.

mod load_balancer;
mod request;

use std::{io, process::ExitCode};

use anyhow::Result;
use clap::ArgGroup;

use crate::{
    manifests::{Paths, objects, tell_rejected},
    settings::SettingsOptions,
};

/// Say why requests are treated as they are
///
/// With --url: what becomes of one request. The host and the route that take it, why the others do not, what policies
/// decide step by step, and what the backend or the client gets. Where it comes in, and with which headers of a trusted
/// proxy, is as the settings say that it is led, unless the options say otherwise.
///
/// With --load-balancer: what stands in front of Envoy. The settings as they are written, what the Service of Envoy says
/// line by line, what both come to on each listener, and what contradicts itself, with the ways out.
#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("subject").required(true),
    after_help = "\
Examples:
  isoline explain --url https://shop.example.com/cart?id=1 --config isoline.yaml deploy/
  isoline explain --url http://shop.example.com/ --proxy 203.0.113.7,443 -H 'X-Canary: yes' deploy/
  isoline explain --load-balancer --config isoline.yaml envoy-service.yaml
  kubectl get service envoy -n projectcontour -o yaml | isoline explain --load-balancer -

Exit status: 0 explained, whatever comes of it, 2 the files or the configuration could not be read, or the request is
none."
)]
pub struct Options {
    /// What stands in front of Envoy, and how that is known
    #[arg(long, group = "subject")]
    load_balancer: bool,
    #[command(flatten)]
    request: request::RequestOptions,
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
    tell_rejected(&folder)?;
    if options.load_balancer {
        load_balancer::explain(folder.objects().cloned(), &settings, &mut io::stdout().lock())?;
    } else {
        request::explain(
            folder.objects().cloned(),
            settings,
            &options.request,
            &mut io::stdout().lock(),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
