//! `isoline certgen`: the certificates with which the controller and its Envoys know each other.

mod authority;
mod cluster;
mod files;
mod secrets;

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use anyhow::{Result, ensure};
use clap::ValueEnum;
use tokio::runtime::Runtime;

use self::authority::Certificates;

/// Make the certificates with which the controller and its Envoys know each other
///
/// A new authority signs one certificate for the controller and one for all Envoys; its key is kept nowhere. What is
/// there already is kept, unless --overwrite is given. In a cluster, --overwrite leaves the authority before in ca.crt
/// beside the new one, until the next --overwrite, so that certificates that it has signed are taken until they are
/// replaced everywhere. Nodes take a minute or two to bring new Secrets to their Pods; open streams go on, and an Envoy
/// that connects anew in between serves what it has until it is let in.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  isoline certgen --pem                                             certs/*.pem
  isoline certgen --yaml --secrets-format compact                   certs/*.yaml, for kubectl apply
  isoline certgen --kube --incluster --overwrite --secrets-format compact

Exit status: 0 all are there, 2 not.")]
pub struct Options {
    /// Folder for --pem and --yaml
    #[arg(value_name = "OUTPUTDIR", default_value = "certs")]
    folder: PathBuf,
    #[command(flatten)]
    outputs: Outputs,
    /// With --kube: use the account of the Pod around
    #[arg(long)]
    incluster: bool,
    /// With --kube: file that leads to the API server; kubectl's if not given
    #[arg(long, value_name = "PATH")]
    kubeconfig: Option<PathBuf>,
    /// Namespace of the controller and its Envoys: of the Secrets, and in the names of the certificates
    #[arg(
        long,
        value_name = "NAMESPACE",
        env = "CONTOUR_NAMESPACE",
        default_value = "isoline-system"
    )]
    namespace: String,
    /// Replace what is there
    #[arg(long)]
    overwrite: bool,
    /// How many days the certificates are good for
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    certificate_lifetime: u32,
    /// Form of the Secrets
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Legacy)]
    secrets_format: Format,
    /// Text that is added to the names of Secrets
    #[arg(long, value_name = "SUFFIX", default_value = "", allow_hyphen_values = true)]
    secrets_name_suffix: String,
}

/// What is made; at least one.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Outputs {
    /// Write files in PEM
    #[arg(long)]
    pem: bool,
    /// Write Secrets in YAML
    #[arg(long)]
    yaml: bool,
    /// Make Secrets in a cluster
    #[arg(long)]
    kube: bool,
}

/// How certificates are spread over Secrets.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// The authority in a Secret of its own, cacert
    Legacy,
    /// The authority with each certificate, as cert-manager does it
    Compact,
}

/// What became of one of them.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Created,
    Replaced,
    Kept,
}

/// Makes what the options say.
pub fn run(options: &Options) -> Result<ExitCode> {
    let lifetime = Duration::from_hours(24) * options.certificate_lifetime;
    let certificates = Certificates::make(&options.namespace, SystemTime::now(), lifetime)?;
    if options.outputs.pem {
        files::write_pem(options, &certificates)?;
    }
    let secrets = secrets::secrets(options, &certificates);
    if options.outputs.yaml {
        files::write_yaml(options, &secrets)?;
    }
    if options.outputs.kube {
        Runtime::new()?.block_on(cluster::apply(options, secrets))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Outcome {
    fn tell(self, what: &str) -> std::io::Result<()> {
        use std::io::Write as _;
        let outcome = match self {
            Self::Created => "created",
            Self::Replaced => "replaced",
            Self::Kept => "is there already and kept; --overwrite replaces it",
        };
        writeln!(std::io::stdout(), "{what} {outcome}")
    }
}

/// Whether what is to be made must be left as it is. All or nothing: a new certificate beside an old one would be of
/// another authority, and the two sides would never meet.
fn is_kept(overwrite: bool, existing: &[String], missing: &[String]) -> Result<bool> {
    if overwrite || existing.is_empty() {
        return Ok(false);
    }
    ensure!(
        missing.is_empty(),
        "{} is there, but not {}; they are made together: replace all with --overwrite",
        existing.join(", "),
        missing.join(", ")
    );
    Ok(true)
}
