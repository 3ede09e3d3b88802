//! `isoline check`: the statuses of all objects in some files, and whether requests go where they should.

mod expectations;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Result;
use clap::ValueEnum;
use isoline_translator::{explain::Outcome, report::StatusReport};
use serde::Serialize;

use crate::{
    folder::Problem,
    manifests::{Paths, objects, rejected, rejections, translate_at_start},
    settings::SettingsOptions,
    state::{errors, warnings},
};

/// Say what is wrong with the objects in some files
///
/// The statuses are those that the controller would write to the cluster if it held just these objects: include the
/// Services and Secrets that the proxies refer to. An object that an API server would refuse is shown as rejected,
/// with the line and the field.
///
/// With --expect: also whether requests go where they should. The file is YAML; below `expectations:` it has a list of
/// requests, each with a name and with what should become of it. docs/explain.md has all fields.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  isoline check deploy/
  isoline check -o json shop.yaml services.yaml
  isoline check --expect expectations.yaml deploy/
  kubectl get httpproxies,services,secrets -A -o yaml | isoline check -

Exit status: 0 all objects are valid and all expectations hold, 1 some are or do not, 2 the files or the configuration
could not be read, or the configuration names an object that is not there.")]
pub struct Options {
    #[command(flatten)]
    settings: SettingsOptions,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    expectations: expectations::Files,
    #[command(flatten)]
    paths: Paths,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// A line per object, its errors and warnings below it
    Text,
    /// {"objects": [...], "rejected": [...]}, and with --expect "expectations": [...]
    Json,
}

/// All that is found.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    statuses: StatusReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    expectations: Option<Vec<Outcome>>,
}

/// Prints the statuses and the outcomes; the exit code says whether all is well.
pub fn run(options: &Options) -> Result<ExitCode> {
    let expectations = options.expectations.read()?;
    let batch = options.paths.batch()?;
    let settings = options.settings.read(|| batch.clone())?;
    let folder = objects(batch)?;
    let problems = rejected(&folder);
    let (translator, translation) = translate_at_start(folder.objects().cloned(), settings)?;
    let report = Report {
        statuses: StatusReport::new(&translation.statuses, rejections(&problems)),
        expectations: expectations.map(|all| all.iter().map(|it| translator.expect(it)).collect()),
    };
    let mut out = io::stdout().lock();
    match options.output {
        Output::Json => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        Output::Text => {
            print_text(&report.statuses, &problems, &mut out)?;
            expectations::print_text(report.outcomes(), &mut out)?;
        }
    }
    Ok(if report.is_well() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Report {
    fn outcomes(&self) -> &[Outcome] {
        self.expectations.as_deref().unwrap_or_default()
    }

    fn is_well(&self) -> bool {
        self.statuses.is_all_valid() && self.outcomes().iter().all(Outcome::holds)
    }
}

fn print_text(report: &StatusReport, rejected: &[Problem], out: &mut impl Write) -> io::Result<()> {
    for object in &report.objects {
        let summary = object.status.summary();
        writeln!(out, "{} {}/{} {summary}", object.kind, object.namespace, object.name)?;
        for error in errors(&object.status) {
            writeln!(out, "  {error}")?;
        }
        for warning in warnings(&object.status) {
            writeln!(out, "  warning: {warning}")?;
        }
    }
    for problem in rejected.iter().flat_map(Problem::each) {
        writeln!(out, "{problem} (rejected)")?;
    }
    Ok(())
}
