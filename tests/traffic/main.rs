//! Traffic: what clients and backends see, with a real Envoy in between.
//!
//! A case is `cases/NAME.yaml`: settings and flags of the controller in its head, then objects, backends and
//! certificates, and at last requests. What must come of it is `expected/NAME.traffic.yaml`. Each case is played in a
//! network of its own, with its own controller, Envoy and backends; nothing leaves it. This needs Linux, and either root
//! or unprivileged user namespaces.
//!
//! Differences that are ours on purpose stand in `deliberate.yaml`, each as `case`, `request` (its name; left out for
//! the facts beside the requests), `what` (the JSON merge patch that makes our result of the recorded one) and `reason`.
//! One that does not occur, or not exactly so, is a failure.
//!
//! `cargo test -p isoline-tests --test traffic -- TEXT` plays the cases whose names have TEXT in them. With
//! `TRAFFIC_CASES=DIR` another folder of cases is played and compared with nothing; with `TRAFFIC_OUT=DIR` results are
//! written there as `NAME.traffic.yaml`.

#![allow(clippy::print_stdout)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    namespace, parts,
    traffic::{
        case::Case,
        compare::{Comparison, Counts, Deliberate, as_value},
        play,
    },
};
use libtest_mimic::{Arguments, Failed, Trial};

const CASE: &str = ".yaml";
const RESULT: &str = ".traffic.yaml";

fn main() -> Result<ExitCode> {
    // Before anything starts a thread.
    namespace::gain_right()?;
    let arguments = Arguments::from_args();
    let suite = Arc::new(Suite::new()?);
    let conclusion = libtest_mimic::run(&arguments, suite.trials()?);
    if !arguments.list {
        println!("{}", suite.counts.lock().expect("nobody panics with it"));
    }
    Ok(conclusion.exit_code())
}

struct Suite {
    cases: PathBuf,
    /// Nothing for cases of somebody else.
    expected: Option<PathBuf>,
    out: Option<PathBuf>,
    deliberate: Vec<Deliberate>,
    counts: Mutex<Counts>,
}

impl Suite {
    fn new() -> Result<Self> {
        let ours = parts::checkout().join("tests/traffic");
        let foreign = env::var_os("TRAFFIC_CASES").map(PathBuf::from);
        Ok(Self {
            expected: foreign.is_none().then(|| ours.join("expected")),
            deliberate: Deliberate::read(&ours.join("deliberate.yaml"))?,
            cases: foreign.unwrap_or_else(|| ours.join("cases")),
            out: env::var_os("TRAFFIC_OUT").map(PathBuf::from),
            counts: Mutex::default(),
        })
    }

    fn trials(self: &Arc<Self>) -> Result<Vec<Trial>> {
        let cases = names(&self.cases, CASE)?.into_iter().map(|name| {
            let suite = Arc::clone(self);
            Trial::test(name.clone(), move || {
                suite.play(&name).map_err(|error| format!("{error:#}").into())
            })
        });
        let suite = Arc::clone(self);
        let files = Trial::test("every_file_belongs_to_a_case", move || suite.check_files());
        Ok(cases.chain(self.expected.is_some().then_some(files)).collect())
    }

    fn play(&self, name: &str) -> Result<()> {
        let case = Case::read(&self.cases.join(format!("{name}{CASE}")))?;
        namespace::enter()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let result = runtime.block_on(play::play(&case))?;
        let yaml = serde_saphyr::to_string(&result)?;
        if let Some(out) = &self.out {
            fs::write(out.join(format!("{name}{RESULT}")), &yaml)?;
        }
        let Some(expected) = &self.expected else { return Ok(()) };
        let expected = fs::read_to_string(expected.join(format!("{name}{RESULT}")));
        let expected = as_value(&expected.with_context(|| format!("nothing is expected of {name}"))?)?;
        let deliberate = self.deliberate.iter().filter(|entry| entry.case == name);
        let comparison = Comparison::new(&expected, &as_value(&yaml)?, &deliberate.cloned().collect::<Vec<_>>());
        self.counts
            .lock()
            .expect("nobody panics with it")
            .add(comparison.counts);
        ensure!(
            comparison.report.is_empty(),
            "{}\n{}",
            comparison.counts,
            comparison.report
        );
        Ok(())
    }

    /// What nobody plays would be read as a promise.
    fn check_files(&self) -> Result<(), Failed> {
        let cases = names(&self.cases, CASE)?;
        let results = self.expected.as_ref().map(|folder| names(folder, RESULT)).transpose()?;
        let named = self.deliberate.iter().map(|entry| entry.case.clone());
        let mut all = results.into_iter().flatten().chain(named);
        match all.find(|name| !cases.contains(name)) {
            Some(stray) => Err(format!("there is no case {stray}").into()),
            None => Ok(()),
        }
    }
}

/// The names of the files with this ending, without it.
fn names(folder: &Path, ending: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let files = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for file in files {
        let file = file?.file_name();
        names.extend(file.to_string_lossy().strip_suffix(ending).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}
