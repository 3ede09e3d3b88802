//! The files that a one-shot command is given: all of them are read, or it says which cannot be.

use std::{
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use isoline_translator::{Change, Object, Settings, Translation, Translator, manifest::Rejection};

use crate::{
    files::{self, Batch},
    folder::{Folder, Problem, Reading},
};

/// Where the objects are.
#[derive(Debug, clap::Args)]
pub struct Paths {
    /// Files, or folders with all *.yaml, *.yml and *.json below them but hidden ones; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

impl Paths {
    /// The texts.
    pub fn batch(&self) -> Result<Batch> {
        let mut batch = Batch::new();
        for path in &self.paths {
            read(path, &mut batch)?;
        }
        Ok(batch)
    }
}

/// Reads the objects. Those that their schema refuses are among the folder's problems, and there is no other that counts;
/// kinds that nobody reads, and what a conversion could not keep, are noted on standard error.
pub fn objects(batch: Batch) -> Result<Folder> {
    let mut folder = Folder::default();
    folder.update(batch);
    for ignored in folder.ignored() {
        writeln!(io::stderr(), "note: {ignored}")?;
    }
    let mut fatal = Vec::new();
    for problem in folder.problems() {
        match problem {
            Problem::Rejected { .. } => {}
            Problem::Inexact { .. } => writeln!(io::stderr(), "note: {problem}")?,
            _ => fatal.push(problem.to_string()),
        }
    }
    if !fatal.is_empty() {
        bail!("{}", fatal.join("\n"));
    }
    Ok(folder)
}

fn read(path: &Path, batch: &mut Batch) -> Result<()> {
    if path == Path::new("-") {
        let mut text = String::new();
        let reading = match io::stdin().read_to_string(&mut text) {
            Ok(_) => Reading::Text(text),
            Err(error) => Reading::Failed(error.to_string()),
        };
        batch.insert(PathBuf::from("<stdin>"), reading);
    } else if path.is_dir() {
        files::read_folder(path, batch);
    } else {
        match files::read(path) {
            Reading::Gone => bail!("{}: no such file or folder", path.display()),
            reading => batch.insert(path.to_owned(), reading),
        };
    }
    Ok(())
}

/// Translates what a controller would start with: it does not start without what its settings name.
pub fn translate_at_start(
    objects: impl IntoIterator<Item = Object>,
    settings: Settings,
) -> Result<(Translator, Translation)> {
    let mut translator = Translator::new(settings);
    let mut translation = Translation::default();
    translation.absorb(translator.apply(objects.into_iter().map(Change::Upsert)));
    let missing = translation.unmet.iter().filter(|unmet| !unmet.exists);
    let missing: Vec<_> = missing.map(ToString::to_string).collect();
    if !missing.is_empty() {
        bail!("{}", missing.join("\n"));
    }
    for unmet in &translation.unmet {
        writeln!(io::stderr(), "note: {unmet}")?;
    }
    for warning in &translation.front.warnings {
        writeln!(io::stderr(), "warning: {warning}")?;
    }
    Ok((translator, translation))
}

/// What the schemas refuse, with its file.
pub fn rejected(folder: &Folder) -> Vec<Problem> {
    let is_rejected = |problem: &Problem| matches!(problem, Problem::Rejected { .. });
    folder.problems().filter(is_rejected).collect()
}

/// Says on standard error what the schemas refuse; whether there is any.
pub fn tell_rejected(folder: &Folder) -> io::Result<bool> {
    let problems = rejected(folder);
    for problem in &problems {
        writeln!(io::stderr(), "rejected: {problem}")?;
    }
    Ok(!problems.is_empty())
}

/// The objects that their schema refuses.
pub fn rejections(problems: &[Problem]) -> impl Iterator<Item = &Rejection> {
    problems.iter().filter_map(|problem| match problem {
        Problem::Rejected { rejection, .. } => Some(rejection),
        _ => None,
    })
}
