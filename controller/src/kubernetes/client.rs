//! How the API server is reached.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use kube::{
    Client, Config,
    client::ClientBuilder,
    config::{KubeConfigOptions, Kubeconfig},
};
use tower::{buffer::BufferLayer, limit::RateLimitLayer};

/// How many requests may wait for their turn.
const WAITING: usize = 1024;

/// Where the API server is, who we are there, and how often we may ask.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether the account of the Pod around is used.
    pub in_cluster: bool,
    /// The file that leads to the API server; kubectl's if not given.
    pub kubeconfig: Option<PathBuf>,
    /// Requests in a second; no limit if not given.
    pub qps: Option<f32>,
    /// Requests at once, where there is a limit.
    pub burst: Option<u32>,
}

/// A client of the API server. Nothing is sent yet.
pub async fn connect(options: &Options) -> Result<Client> {
    let mut config = config(options).await?;
    // An API server that is away shall be tried again soon.
    config.connect_timeout = Some(Duration::from_secs(5));
    let builder = ClientBuilder::try_from(config).context("cannot make a client of the API server")?;
    let Some(qps) = options.qps.filter(|qps| *qps > 0.0) else {
        return Ok(builder.build());
    };
    let burst = u64::from(options.burst.filter(|burst| *burst > 0).unwrap_or(10));
    #[expect(clippy::cast_precision_loss, reason = "nobody needs more than 2^24 at once")]
    let per = Duration::from_secs_f32(burst as f32 / qps);
    let limited = builder.with_layer(&RateLimitLayer::new(burst, per));
    Ok(limited.with_layer(&BufferLayer::new(WAITING)).build())
}

async fn config(options: &Options) -> Result<Config> {
    if options.in_cluster {
        return Config::incluster()
            .context("cannot use the Pod's account; is this a Pod with a service account token?");
    }
    let context = KubeConfigOptions::default();
    match &options.kubeconfig {
        Some(path) => {
            let kubeconfig =
                Kubeconfig::read_from(path).with_context(|| format!("cannot read kubeconfig {}", path.display()))?;
            Config::from_custom_kubeconfig(kubeconfig, &context).await
        }
        None => Config::from_kubeconfig(&context).await,
    }
    .context("cannot use the kubeconfig; name another with --kubeconfig, or use --incluster in a Pod")
}
