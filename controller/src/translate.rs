//! `isoline translate`: the Envoy configuration that comes of some files.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Result;
use clap::ValueEnum;
use isoline_translator::report::envoy_json;

use crate::{
    manifests::{Paths, objects, tell_rejected, translate_at_start},
    settings::SettingsOptions,
};

/// Show the Envoy configuration that comes of the objects in some files
///
/// Listeners, scopes (each with the routes of one host), clusters and endpoints in Envoy's own JSON form, and the names
/// of secrets. It is what the controller would serve if it held just these objects. What an object has wrong is not
/// shown here: see `isoline check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  isoline translate examples
  isoline translate -o json shop.yaml services.yaml | jq '.clusters[].name'

Exit status: 0 translated, 1 without the objects that an API server would refuse, 2 the files or the configuration
could not be read, or the configuration names an object that is not there.")]
pub struct Options {
    #[command(flatten)]
    settings: SettingsOptions,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
    output: Output,
    #[command(flatten)]
    paths: Paths,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// For people
    Yaml,
    /// For programs
    Json,
}

/// Prints the configuration; what is refused goes to standard error.
pub fn run(options: &Options) -> Result<ExitCode> {
    let batch = options.paths.batch()?;
    let settings = options.settings.read(|| batch.clone())?;
    let folder = objects(batch)?;
    let (_, translation) = translate_at_start(folder.objects().cloned(), settings)?;
    let configuration = envoy_json(&translation);
    let text = match options.output {
        Output::Json => serde_json::to_string_pretty(&configuration)? + "\n",
        Output::Yaml => serde_saphyr::to_string(&configuration)?,
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(if tell_rejected(&folder)? {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
