//! The command line: what there is to say, and what happens then.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use serde_json::Value;

use crate::{bootstrap, certgen, check, convert, crds, explain, serve, shutdown, standalone, translate};

/// An ingress controller for Kubernetes on Envoy that knows what load balancer stands in front of it
#[derive(Debug, Parser)]
#[command(
    name = "isoline",
    version,
    after_help = "\
Examples:
  isoline standalone --dir examples        serve a folder of YAML with an Envoy of its own
  isoline serve --incluster ...            serve a cluster; deploy/ has the chart and the manifests
  isoline check deploy/*.yaml              say what is wrong with HTTPProxies, for people and for CI
  isoline translate -o json examples       show the Envoy configuration that comes of them
  isoline explain --url https://shop.example.com/cart deploy
                                           show which route takes a request, and why
  isoline explain --load-balancer deploy   show what stands in front of Envoy, and how that is known
  isoline convert old.yaml > new.yaml      make HTTPProxies of IngressRoutes
  isoline crds | kubectl apply --server-side -f -

Exit status: 0 well, 1 the objects are not, 2 the command could not run."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Options),
    Translate(translate::Options),
    Explain(explain::Options),
    Convert(convert::Options),
    Serve(Box<serve::Options>),
    Standalone(standalone::Options),
    Crds(crds::Options),
    /// Write the configuration with which an Envoy finds its controller
    ///
    /// The file is Envoy's JSON: `envoy -c FILE` starts an Envoy that takes everything else from the controller, over
    /// delta ADS, and asks again until it gets it.
    #[command(after_help = "\
Examples:
  isoline bootstrap -                                  show it
  isoline bootstrap --xds-address isoline.isoline-system --resources-dir /config/resources \\
      --envoy-cafile /certs/ca.crt --envoy-cert-file /certs/tls.crt --envoy-key-file /certs/tls.key /config/envoy.json
  isoline bootstrap --admin-address 127.0.0.1 /tmp/envoy.json && envoy -c /tmp/envoy.json")]
    Bootstrap {
        #[command(flatten)]
        options: bootstrap::Options,
        /// File to write; `-` is standard output
        path: PathBuf,
    },
    Certgen(certgen::Options),
    ShutdownManager(shutdown::ManagerOptions),
    Shutdown(shutdown::Options),
    /// Print the version
    Version,
}

impl Cli {
    /// Does what the command line says.
    pub fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Check(options) => check::run(&options),
            Command::Translate(options) => translate::run(&options),
            Command::Explain(options) => explain::run(&options),
            Command::Convert(options) => convert::run(&options),
            Command::Serve(options) => serve::run(&options),
            Command::Standalone(options) => standalone::run(&options),
            Command::Crds(options) => crds::run(&options),
            Command::Bootstrap { options, path } => write_bootstrap(&options, &path),
            Command::Certgen(options) => certgen::run(&options),
            Command::ShutdownManager(options) => shutdown::run_manager(&options),
            Command::Shutdown(options) => shutdown::run(&options),
            Command::Version => {
                writeln!(io::stdout(), "isoline {}", env!("CARGO_PKG_VERSION"))?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn write_bootstrap(options: &bootstrap::Options, path: &Path) -> Result<ExitCode> {
    let files = bootstrap::files(options)?;
    for (path, resource) in &files.resources {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        write(path, resource)?;
    }
    if path == Path::new("-") {
        writeln!(io::stdout(), "{:#}", files.bootstrap)?;
    } else {
        write(path, &files.bootstrap)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, content: &Value) -> Result<()> {
    fs::write(path, format!("{content:#}\n")).with_context(|| format!("cannot write {}", path.display()))
}
