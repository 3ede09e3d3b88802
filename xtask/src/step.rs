//! Steps: what is said before one, how its command is run, and how long it took.

use std::{
    fmt::Display,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

/// The steps of one command, in the order in which they ran.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration)>,
    notes: Vec<String>,
}

impl Steps {
    /// Runs a command as one step; its output goes to the terminal.
    pub(crate) async fn run(&mut self, title: &str, command: &mut Command) -> Result<()> {
        self.time(title, execute(command)).await
    }

    /// Awaits the work as one step; the time counts whether it succeeds or not. A remark in brackets at the end of the
    /// title is said once, at the start.
    pub(crate) async fn time<T>(&mut self, title: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        println!("==> {title} ...");
        let title = title.split(" (").next().unwrap_or(title);
        let start = Instant::now();
        let outcome = work.await;
        let took = start.elapsed();
        println!(
            "    {title}: {} {}",
            if outcome.is_ok() { "done in" } else { "failed after" },
            seconds(took)
        );
        self.done.push((title.to_owned(), took));
        outcome.with_context(|| format!("{title} failed"))
    }

    /// Keeps a line to be said after everything else.
    pub(crate) fn note(&mut self, line: impl Display) {
        self.notes.push(line.to_string());
    }

    /// Prints how long each step took, then the notes.
    pub(crate) fn print_summary(&self) {
        println!();
        for (title, took) in &self.done {
            println!("{:>10}  {title}", seconds(*took));
        }
        println!("{:>10}  in all", seconds(self.done.iter().map(|(_, took)| *took).sum()));
        for note in &self.notes {
            println!("{note}");
        }
    }
}

/// Runs a command without input; fails unless it succeeds. It dies with the future.
pub(crate) async fn execute(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).kill_on_drop(true).status().await;
    succeeded(
        command,
        status.with_context(|| format!("cannot run {}", words(command)))?,
    )
}

/// Like [`execute`], and shows each line of standard output to `see` as well as to the terminal.
pub(crate) async fn execute_seeing(command: &mut Command, mut see: impl FnMut(&str)) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run {}", words(command)))?;
    let mut lines = BufReader::new(child.stdout.take().expect("standard output is piped")).lines();
    while let Some(line) = lines.next_line().await? {
        println!("{line}");
        see(&line);
    }
    succeeded(command, child.wait().await?)
}

/// What a command that must succeed prints, without showing it.
pub(crate) async fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.with_context(|| format!("cannot run {}", words(command)))?;
    succeeded(command, output.status).with_context(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A duration as people read it.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        minutes @ 60.. => format!("{} min {:02} s", minutes / 60, minutes % 60),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

fn succeeded(command: &Command, status: std::process::ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("{}: {status}", words(command));
    }
    Ok(())
}

fn words(command: &Command) -> String {
    let command = command.as_std();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    format!(
        "`{}`",
        words
            .map(std::ffi::OsStr::to_string_lossy)
            .collect::<Vec<_>>()
            .join(" ")
    )
}
