//! What `serve` and `standalone` share: the xDS server as a task, and what is said of a part that ends by itself.

use std::{net::TcpListener, time::Duration};

use anyhow::{Result, anyhow};
use tokio::{
    sync::oneshot,
    task::{JoinError, JoinHandle},
    time::timeout,
};

use crate::xds::{Security, Server};

/// How long connected Envoys may take to hear that we end.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// A running xDS server.
#[derive(Debug)]
pub struct XdsTask {
    task: JoinHandle<Result<()>>,
    stop: oneshot::Sender<()>,
}

impl XdsTask {
    /// Serves only what is complete, which `first_read` says: an Envoy that reconnects would lose whatever is not there
    /// yet.
    pub fn start(
        listener: TcpListener,
        security: Security,
        server: Server,
        first_read: oneshot::Receiver<()>,
    ) -> Result<Self> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async {
            first_read.await?;
            Ok(server.serve(listener, security, async { drop(stopped.await) }).await?)
        });
        Ok(Self { task, stop })
    }

    /// Resolves when it ends by itself.
    pub async fn ended(&mut self) -> Result<Result<()>, JoinError> {
        (&mut self.task).await
    }

    /// Ends all streams, and then the server.
    pub async fn stop(self) {
        drop(self.stop);
        if !self.task.is_finished() {
            // Who does not hear it in time sees the connection close.
            let _ = timeout(STOP_WITHIN, self.task).await;
        }
    }
}

/// What is said of a part that should have gone on.
pub fn ended_by_itself(part: &str, ended: Result<Result<()>, JoinError>) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow!("{part} ended by itself"),
        Ok(Err(error)) => error.context(format!("{part} ended by itself")),
        Err(panic) => anyhow!(panic).context(format!("{part} failed")),
    }
}
