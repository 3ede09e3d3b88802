//! Waiting for an effect: asked for again and again, never longer than a deadline.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep, timeout_at};

/// Longer than anything that works takes, even on a machine with other work.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How soon to ask again.
const PAUSE: Duration = Duration::from_millis(3);

/// Asks until the answer is not an error; after [`PATIENCE`] the last error is the answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    let mut last = anyhow::anyhow!("no answer at all");
    loop {
        match timeout_at(deadline, ask()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => last = error,
            Err(_) => return Err(last).with_context(|| format!("not within {PATIENCE:?}: {what}")),
        }
        sleep(PAUSE).await;
        if Instant::now() > deadline {
            return Err(last).with_context(|| format!("not within {PATIENCE:?}: {what}"));
        }
    }
}
