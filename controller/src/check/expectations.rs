//! Whether requests go where they should.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow};
use isoline_translator::explain::{Expectation, Mismatch, Outcome, read_expectations};

/// Where the expectations are.
#[derive(Debug, clap::Args)]
pub(super) struct Files {
    /// File of requests and of what should become of them; may be given several times
    #[arg(long = "expect", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Files {
    /// Those of all files, if there are files.
    pub(super) fn read(&self) -> Result<Option<Vec<Expectation>>> {
        let expectations: Vec<_> = self.files.iter().map(|path| read(path)).collect::<Result<_>>()?;
        Ok((!self.files.is_empty()).then(|| expectations.concat()))
    }
}

fn read(path: &Path) -> Result<Vec<Expectation>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    read_expectations(&text).map_err(|error| anyhow!("{}:{error}", path.display()))
}

pub(super) fn print_text(outcomes: &[Outcome], out: &mut impl Write) -> io::Result<()> {
    for outcome in outcomes {
        let verdict = if outcome.holds() { "ok" } else { "FAILED" };
        writeln!(out, "{verdict} {}", outcome.name)?;
        if let Some(error) = &outcome.error {
            writeln!(out, "  {error}")?;
        }
        for Mismatch {
            field,
            expected,
            actual,
        } in &outcome.mismatches
        {
            writeln!(out, "  {field}: expected {expected}, got {actual}")?;
        }
    }
    Ok(())
}
