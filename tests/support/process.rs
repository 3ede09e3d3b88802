//! A child process with its log, which is what it says on standard error. It leads a group of its own, so that nothing
//! that it starts is left behind.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use tempfile::NamedTempFile;

use crate::wait::until;

/// How long a process may take to end when it is asked.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// How much of the log a failed test shows.
const TAIL: usize = 60;

/// A running process; ended when it is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: NamedTempFile,
    is_muted: bool,
}

impl Process {
    /// Starts it. Standard output is Envoy's access log, in which all else would drown.
    pub fn start(name: &str, mut command: Command) -> Result<Self> {
        let log = NamedTempFile::new()?;
        let output = File::options().append(true).open(log.path())?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            .process_group(0);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log,
            is_muted: false,
        })
    }

    /// Everything that it has said.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log.path()).unwrap_or_default()).into_owned()
    }

    /// Shows nothing of the log at the end, for harnesses that show all that is printed.
    pub fn mute(&mut self) {
        self.is_muted = true;
    }

    /// Fails if it has ended.
    pub fn check_running(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended: {status}", self.name),
        }
    }

    /// Ends it without a warning.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill(self.pid(), signal)?)
    }

    /// Asks it to end.
    pub fn terminate(&self) -> Result<()> {
        self.signal(Signal::SIGTERM)
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        until(&format!("{} ends", self.name), async || {
            self.child.try_wait()?.context("it runs")
        })
        .await
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().expect("a pid is a positive i32"))
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.has_ended() {
            // Errors say that it has ended meanwhile.
            let _ = kill(self.pid(), Signal::SIGTERM);
            let deadline = Instant::now() + STOP_WITHIN;
            while !self.has_ended() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(5));
            }
        }
        let _ = killpg(self.pid(), Signal::SIGKILL);
        let _ = self.child.wait();
        if self.is_muted {
            return;
        }
        // The test harness shows this only if the test fails.
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n");
        eprintln!("--- the end of the log of {}\n{tail}", self.name);
    }
}
