//! The controller as a child process, with the Envoy that it starts.
//!
//! It leads a process group of its own: Ctrl-C in a terminal reaches only us, so we say when it stops, and whatever
//! it may leave behind can be found and ended.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    time::{Instant, interval, timeout, timeout_at},
};

use crate::{
    paths,
    ports::{CONTROLLER, Offset},
    probe,
};

const READY_WITHIN: Duration = Duration::from_mins(1);
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// What a controller is started with.
pub(crate) struct Launch<'a> {
    /// The controller.
    pub(crate) binary: &'a Path,
    /// The Envoy that it is to start.
    pub(crate) envoy: &'a Path,
    /// The folders that it serves.
    pub(crate) folders: &'a [PathBuf],
    /// The operator's settings, in the checkout.
    pub(crate) config: &'a str,
    /// Where it and Envoy write; our own output if nothing is said.
    pub(crate) log: Option<File>,
    /// Moves all ports.
    pub(crate) offset: Offset,
}

impl Launch<'_> {
    fn command(self) -> Result<Command> {
        let mut command = Command::new(self.binary);
        command.arg("standalone");
        for folder in self.folders {
            command.arg("--dir").arg(folder);
        }
        if let Some(log) = self.log {
            command.stdout(log.try_clone()?).stderr(log);
        }
        let offset = self.offset.0.to_string();
        command
            .args(["--config", self.config])
            .args(["--port-offset", &offset, "--endpoint-port-offset", &offset])
            .current_dir(paths::root())
            .env("ENVOY", self.envoy);
        Ok(command)
    }
}

/// A running `isoline standalone`.
pub(crate) struct Controller {
    child: Child,
    /// The controller's process id too, since it leads the group.
    group: Pid,
    leash: Child,
    offset: Offset,
}

impl Controller {
    /// Starts it.
    pub(crate) fn start(launch: Launch<'_>) -> Result<Self> {
        let (binary, offset) = (launch.binary, launch.offset);
        let started = launch.command().and_then(|command| Self::spawn(command, offset));
        started.with_context(|| format!("cannot start {}", binary.display()))
    }

    fn spawn(mut command: Command, offset: Offset) -> Result<Self> {
        let child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        let pid = child.id().context("it ended at once")?;
        let group = Pid::from_raw(i32::try_from(pid)?);
        Ok(Self {
            child,
            group,
            leash: leash(group)?,
            offset,
        })
    }

    /// Resolves when Envoy serves all that the folders held at the start.
    pub(crate) async fn ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        let answered = answers_ready(self.offset.of(CONTROLLER));
        tokio::select! {
            ready = timeout_at(deadline, answered) => {
                ready.with_context(|| format!("the controller is not ready after {READY_WITHIN:?}"))
            }
            status = self.child.wait() => bail!("the controller ended before it was ready: {}", status?),
        }
    }

    /// Resolves when it has ended by itself.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Asks it to end, with its Envoy, and waits.
    pub(crate) async fn stop(mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            kill(self.group, Signal::SIGTERM)?;
            if timeout(STOP_WITHIN, self.child.wait()).await.is_err() {
                println!("the controller did not end within {STOP_WITHIN:?} and is killed");
            }
        }
        Ok(())
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        // An error says that nobody is left in the group, as it should be.
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.leash.start_kill();
    }
}

/// Ends the group if we are killed and can do so no more: it waits for the end of a pipe that only we hold open.
fn leash(group: Pid) -> Result<Child> {
    let mut command = Command::new("sh");
    command.args(["-c", r#"read -r _; kill -s TERM -- "-$0" 2>&-"#, &group.to_string()]);
    Ok(command.stdin(Stdio::piped()).process_group(0).spawn()?)
}

async fn answers_ready(port: u16) {
    let mut ticks = interval(Duration::from_millis(100));
    while !matches!(probe::get(port, "/readyz", &[("Host", "localhost")]).await, Ok(200)) {
        ticks.tick().await;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use nix::errno::Errno;
    use tokio::{
        io::{AsyncBufReadExt as _, BufReader, Lines},
        process::ChildStdout,
    };

    use super::*;

    /// A script in the controller's place that leaves a process in the background and says its pid first.
    async fn start(script: &str) -> (Controller, Pid, Lines<BufReader<ChildStdout>>) {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("sleep 1000 & echo $!; {script}"))
            .stdout(Stdio::piped());
        let mut controller = Controller::spawn(command, Offset(Offset::MAX)).expect("a process");
        let mut lines = BufReader::new(controller.child.stdout.take().expect("a pipe")).lines();
        let left = lines
            .next_line()
            .await
            .expect("output")
            .expect("a line")
            .parse()
            .expect("a pid");
        (controller, Pid::from_raw(left), lines)
    }

    /// Whoever adopts the process reaps it in its own time, so a zombie counts as gone.
    async fn gone(pid: Pid) -> bool {
        let dead = || {
            let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            kill(pid, None) == Err(Errno::ESRCH) || state.contains(") Z ")
        };
        let waited = async {
            let mut ticks = interval(Duration::from_millis(10));
            while !dead() {
                ticks.tick().await;
            }
        };
        timeout(Duration::from_secs(5), waited).await.is_ok()
    }

    #[tokio::test]
    async fn what_a_crashed_controller_left_is_ended() {
        let (mut controller, left, _) = start("exit 3").await;
        assert_eq!(controller.ended().await.expect("a status").code(), Some(3));
        drop(controller);
        assert!(gone(left).await);
    }

    #[tokio::test]
    async fn nothing_is_left_when_we_are_killed() {
        let (mut controller, left, _) = start("wait").await;
        // What the system does with our end of the pipe.
        drop(controller.leash.stdin.take());
        assert!(gone(left).await);
    }

    #[tokio::test]
    async fn stopping_asks_first() {
        let (controller, left, mut lines) = start("trap 'echo asked; exit' TERM; echo ready; wait").await;
        assert_eq!(lines.next_line().await.expect("output").as_deref(), Some("ready"));
        controller.stop().await.expect("stopped");
        assert_eq!(lines.next_line().await.expect("output").as_deref(), Some("asked"));
        assert!(gone(left).await);
    }

    #[tokio::test]
    async fn ending_before_ready_is_an_error() {
        let (mut controller, _, _) = start("exit 4").await;
        let error = controller.ready().await.expect_err("never ready");
        assert!(error.to_string().contains("exit status: 4"), "{error}");
    }
}
