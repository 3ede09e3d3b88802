//! `isoline shutdown-manager`: drains Envoy when the Pod ends, and tells others when that is done.

use std::{fs, future::pending, io, path::Path, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use axum::{Router, extract::State, routing::get};
use tokio::{
    net::{TcpListener, UnixListener},
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{Drain, LogOptions};
use crate::{
    address::{Address, Host},
    log,
};

/// How often is looked whether somebody else has drained Envoy.
const LOOK: Duration = Duration::from_millis(200);
/// How long those who wait may take to hear that Envoy is drained.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Stand beside an Envoy, and drain it when the Pod ends
///
/// On SIGTERM it drains Envoy as `isoline shutdown` does, and ends; where Envoy is a sidecar that Kubernetes ends last,
/// that is all it takes. A second signal ends it at once. Until then it answers HTTP: /healthz, and /shutdown when Envoy
/// is drained, by it or by `isoline shutdown`, for a preStop hook that has to wait for that.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 drained, 2 not: connections remained at the end, Envoy cannot be reached, or a second signal came.")]
pub struct Options {
    /// Address for HTTP: the path of a unix socket if it starts with /, else an IP address
    #[arg(long, value_name = "PATH|IP", default_value = "127.0.0.1")]
    serve_address: Host,
    /// Port for HTTP, where the address is an IP address
    #[arg(long, value_name = "PORT", default_value_t = 8090)]
    serve_port: u16,
    #[command(flatten)]
    drain: Drain,
    #[command(flatten)]
    log: LogOptions,
}

/// Serves until a signal, and drains.
pub fn run(options: &Options) -> Result<ExitCode> {
    log::start(options.log.log_format, None);
    Runtime::new()?.block_on(serve(options))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(options: &Options) -> Result<()> {
    let mut signals = Signals::listen()?;
    let drain = &options.drain;
    forget(&drain.ready_file).with_context(|| format!("cannot remove {}", drain.ready_file.display()))?;
    drain.undo().await;
    let (drained, waiting) = watch::channel(false);
    let context = Arc::new(Context {
        drained: waiting.clone(),
        ready_file: drain.ready_file.as_path().into(),
    });
    let mut server = listen(
        &options.serve_address.with_port(options.serve_port),
        router(context),
        waiting,
    )
    .await?;
    tokio::select! {
        () = signals.next() => tracing::info!("draining Envoy, since this Pod ends"),
        ended = &mut server => return ended?.context("the HTTP server ended by itself"),
    }
    tokio::select! {
        outcome = drain.run() => outcome?,
        () = signals.next() => bail!("ended by a second signal; Envoy is not drained"),
    }
    drained.send_replace(true);
    // Who does not hear it in time sees the connection close.
    let _ = timeout(STOP_WITHIN, server).await;
    Ok(())
}

/// A file of an earlier life would say that all is drained.
fn forget(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            Some(()) = self.terminate.recv() => {}
            Some(()) = self.interrupt.recv() => {}
            else => pending().await,
        }
    }
}

struct Context {
    drained: watch::Receiver<bool>,
    ready_file: Box<Path>,
}

fn router(context: Arc<Context>) -> Router {
    Router::new()
        .route("/healthz", get(async || "OK"))
        .route("/shutdown", get(shutdown))
        .with_state(context)
}

async fn shutdown(State(context): State<Arc<Context>>) -> &'static str {
    let mut drained = context.drained.clone();
    tokio::select! {
        _ = drained.wait_for(|drained| *drained) => {}
        () = appears(&context.ready_file) => {}
    }
    "OK"
}

async fn appears(file: &Path) {
    while !file.exists() {
        sleep(LOOK).await;
    }
}

/// Serves until Envoy is drained.
async fn listen(
    address: &Address,
    router: Router,
    mut drained: watch::Receiver<bool>,
) -> Result<JoinHandle<io::Result<()>>> {
    let stop = async move { drop(drained.wait_for(|drained| *drained).await) };
    let refused = || format!("cannot listen on {address}; choose with --serve-address and --serve-port");
    Ok(match address {
        Address::Tcp(address) => {
            let listener = TcpListener::bind(address).await.with_context(refused)?;
            tokio::spawn(axum::serve(listener, router).with_graceful_shutdown(stop).into_future())
        }
        Address::Unix(path) => {
            forget(path).with_context(refused)?;
            let listener = UnixListener::bind(path).with_context(refused)?;
            tokio::spawn(axum::serve(listener, router).with_graceful_shutdown(stop).into_future())
        }
    })
}
