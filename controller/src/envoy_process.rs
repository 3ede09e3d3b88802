//! Envoy as a child process.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

/// How long Envoy may take to end before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// A running Envoy; killed when it is dropped.
#[derive(Debug)]
pub struct EnvoyProcess {
    child: Child,
    /// Holds the bootstrap file, for none but us to read.
    _folder: TempDir,
}

/// An Envoy that does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The bootstrap file cannot be written.
    #[error("cannot write Envoy's bootstrap file")]
    Bootstrap(#[source] io::Error),
    /// The binary cannot be run.
    #[error("cannot start Envoy ({}); name it by --envoy PATH or the variable ENVOY", path.display())]
    Spawn {
        /// The binary.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl EnvoyProcess {
    /// Starts it. It stays in our process group, so that a Ctrl-C in the terminal reaches both.
    pub fn start(binary: &Path, bootstrap: &Value, concurrency: Option<u16>) -> Result<Self, StartError> {
        let folder = tempfile::Builder::new()
            .prefix("isoline-")
            .tempdir()
            .map_err(StartError::Bootstrap)?;
        let file = folder.path().join("bootstrap.json");
        fs::write(&file, bootstrap.to_string()).map_err(StartError::Bootstrap)?;
        let mut command = Command::new(binary);
        command
            .arg("--config-path")
            .arg(&file)
            .args(["--use-dynamic-base-id", "--log-level", "warn"]);
        if let Some(concurrency) = concurrency {
            command.arg("--concurrency").arg(concurrency.to_string());
        }
        let child = command.kill_on_drop(true).spawn();
        let child = child.map_err(|source| StartError::Spawn {
            path: binary.to_owned(),
            source,
        })?;
        Ok(Self { child, _folder: folder })
    }

    /// Resolves when it has ended by itself.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Asks it to end, and kills it if it does not.
    pub async fn stop(mut self) -> io::Result<()> {
        // Without an id it has ended before.
        let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) else {
            return Ok(());
        };
        kill(Pid::from_raw(id), Signal::SIGTERM)?;
        if let Ok(status) = timeout(STOP_WITHIN, self.child.wait()).await {
            return status.map(drop);
        }
        tracing::warn!("Envoy did not end within {STOP_WITHIN:?} and is killed");
        self.child.kill().await
    }
}
