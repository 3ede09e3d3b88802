//! `isoline standalone`: the controller on folders of YAML instead of Kubernetes, with an Envoy of its own.

use std::{
    future::pending,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context as _, Result, anyhow, ensure};
use isoline_translator::Settings;
use prometheus_client::registry::Registry;
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::{JoinHandle, spawn_blocking},
};

use crate::{
    address::Address,
    admin::Admin,
    bootstrap,
    envoy_process::EnvoyProcess,
    files::{self, Batch},
    filter,
    folder::Feed,
    http, log,
    pipeline::Pipeline,
    ports::{self, Offset},
    serving::{XdsTask, ended_by_itself},
    settings::SettingsOptions,
    state::SharedState,
    watch::{Stop, Watch},
    xds::{Security, Server, Store},
};

/// Serve a folder of YAML with an Envoy of its own, without Kubernetes
///
/// Every *.yaml, *.yml and *.json below the folders is read, and read again when it changes: what Envoy serves follows
/// within a moment, without a restart and without a dropped request. A file with a syntax error keeps what it said
/// before. Ctrl-C (or SIGTERM) stops Envoy and ends.
///
/// xDS, the controller's HTTP (/ for people, /playground/ to try things, /healthz, /readyz, /metrics) and Envoy's admin interface listen on
/// 127.0.0.1; where the listeners for traffic listen is in the configuration file (all addresses, 8080 and 8443, if it
/// does not say).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  isoline standalone --dir examples
  isoline standalone --dir base --dir local --config isoline.yaml --port-offset 10000
  isoline standalone --dir examples --no-envoy
      with `isoline bootstrap --admin-address 127.0.0.1 envoy.json && envoy -c envoy.json`

Exit status: 0 stopped by a signal, 2 could not start or could not go on.")]
pub struct Options {
    /// Folder to serve; may be given several times
    #[arg(long = "dir", value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    settings: SettingsOptions,
    /// Number added to every port: listeners, xDS, HTTP and admin
    #[arg(long, value_name = "N", default_value_t = 0)]
    port_offset: u16,
    /// Number added to the ports of endpoints on a loopback address, for a second copy of local backends
    #[arg(long, value_name = "N", default_value_t = 0)]
    endpoint_port_offset: u16,
    /// Port for xDS
    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    xds_port: u16,
    /// Port for the controller's HTTP
    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    http_port: u16,
    /// Port for Envoy's admin interface; what the configuration file says, or 9001, if not given
    #[arg(long, value_name = "PORT")]
    admin_port: Option<u16>,
    /// Start no Envoy: one that is started elsewhere connects
    #[arg(long)]
    no_envoy: bool,
    /// Envoy to start
    #[arg(long, value_name = "PATH", env = "ENVOY", default_value = "envoy")]
    envoy: PathBuf,
    /// Worker threads of Envoy; one per core if not given
    #[arg(long, value_name = "N")]
    concurrency: Option<u16>,
    /// Form of the log on standard error; the variable `RUST_LOG` sets how much (info)
    #[arg(long, value_enum, default_value_t = log::Format::Text)]
    log_format: log::Format,
}

/// Serves until a signal.
pub fn run(options: &Options) -> Result<ExitCode> {
    let settings = options.settings.read(|| files_in(&options.folders))?;
    log::start(options.log_format, settings.process.debug.then_some(log::OURS));
    let runtime = Runtime::new()?;
    runtime.block_on(async { Standalone::prepare(options, settings)?.serve().await })?;
    Ok(ExitCode::SUCCESS)
}

fn files_in(folders: &[PathBuf]) -> Batch {
    let mut batch = Batch::new();
    for folder in folders {
        files::read_folder(folder, &mut batch);
    }
    batch
}

/// What can fail before anything is served has not: the ports are ours, the folders are watched.
struct Standalone {
    settings: Settings,
    endpoint_port_offset: u16,
    xds: TcpListener,
    http: TcpListener,
    watch: Watch,
    stop_watch: Stop,
    envoy: Option<Plan>,
}

/// The Envoy that is to be started.
struct Plan {
    binary: PathBuf,
    concurrency: Option<u16>,
    bootstrap: bootstrap::Options,
    admin: SocketAddr,
}

impl Standalone {
    fn prepare(options: &Options, mut settings: Settings) -> Result<Self> {
        ensure!(
            !filter::MODULE.is_empty(),
            "this binary was built without the policy filter: run `cargo xtask wasm` and build it again"
        );
        let offset = Offset(options.port_offset);
        offset.move_listeners(&mut settings)?;
        let xds_port = offset.of(options.xds_port, "xDS")?;
        let xds = ports::listen(xds_port, "xDS")?;
        let http = ports::listen(offset.of(options.http_port, "controller HTTP")?, "controller HTTP")?;
        let admin_port = options.admin_port.unwrap_or(settings.process.admin_port);
        let admin_port = offset.of(admin_port, "Envoy admin")?;
        let envoy = (!options.no_envoy).then(|| Plan::new(options, xds_port, admin_port));
        if envoy.is_some() {
            ports::check_envoy(&settings, admin_port)?;
        }
        let (watch, stop_watch) = Watch::start(&options.folders)?;
        let endpoint_port_offset = options.endpoint_port_offset;
        Ok(Self {
            settings,
            endpoint_port_offset,
            xds,
            http,
            watch,
            stop_watch,
            envoy,
        })
    }

    async fn serve(self) -> Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut running = self.start()?;
        let outcome = tokio::select! {
            // A Ctrl-C in a terminal ends Envoy too: that we were asked to end counts more.
            biased;
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
            error = running.failed() => Err(error),
        };
        tracing::info!("stopping");
        running.stop().await.and(outcome)
    }

    fn start(self) -> Result<Running> {
        let state = SharedState::default();
        let store = Arc::new(Store::default());
        let server = Server::new(Arc::clone(&store));
        let pipeline = Pipeline::new(self.settings, store, state.clone());
        let mut registry = Registry::with_prefix("isoline");
        pipeline.register(&mut registry);
        server.register(&mut registry);
        let feed = Feed::new(pipeline, self.endpoint_port_offset, state.clone());
        let envoy_admin = self.envoy.as_ref().map(|envoy| Admin::at(Address::Tcp(envoy.admin)));
        let context = http::Context {
            state,
            registry,
            xds: server.clone(),
            inclusion: None,
            envoy_admin,
        };

        let paths = http::probes()
            .merge(http::metrics())
            .merge(http::pages())
            .merge(http::playground());
        let (read_once, first_read) = oneshot::channel();
        Ok(Running {
            folders: spawn_blocking(move || follow(self.watch, feed, read_once)),
            http: tokio::spawn(http::serve(self.http, paths, Arc::new(context))),
            xds: XdsTask::start(self.xds, Security::Insecure, server, first_read)?,
            envoy: self.envoy.as_ref().map(Plan::start).transpose()?,
            stop_watch: self.stop_watch,
        })
    }
}

impl Plan {
    fn new(options: &Options, xds_port: u16, admin_port: u16) -> Self {
        Self {
            binary: options.envoy.clone(),
            concurrency: options.concurrency,
            bootstrap: bootstrap::Options::local(xds_port, admin_port, "standalone"),
            admin: (Ipv4Addr::LOCALHOST, admin_port).into(),
        }
    }

    fn start(&self) -> Result<EnvoyProcess> {
        let files = bootstrap::files(&self.bootstrap)?;
        Ok(EnvoyProcess::start(&self.binary, &files.bootstrap, self.concurrency)?)
    }
}

/// Everything that runs until the end.
struct Running {
    folders: JoinHandle<()>,
    http: JoinHandle<Result<()>>,
    xds: XdsTask,
    envoy: Option<EnvoyProcess>,
    stop_watch: Stop,
}

impl Running {
    /// Resolves when some part ends by itself, as none should.
    async fn failed(&mut self) -> anyhow::Error {
        let (part, ended) = tokio::select! {
            ended = &mut self.folders => ("the part that reads the folders", ended.map(Ok)),
            ended = &mut self.http => ("the HTTP server", ended),
            ended = self.xds.ended() => ("the xDS server", ended),
            ended = ended(&mut self.envoy) => ("Envoy", Ok(ended)),
        };
        ended_by_itself(part, ended)
    }

    /// Ends Envoy first, so that it misses nobody, then everything else.
    async fn stop(self) -> Result<()> {
        if let Some(envoy) = self.envoy {
            envoy.stop().await.context("cannot stop Envoy")?;
        }
        drop(self.stop_watch);
        self.xds.stop().await;
        Ok(())
    }
}

/// Reads the folders, says so, and follows them until the stop.
fn follow(mut watch: Watch, mut feed: Feed, read_once: oneshot::Sender<()>) {
    feed.take(watch.read_all());
    // An error says that nobody waits any more.
    let _ = read_once.send(());
    while let Some(batch) = watch.next(feed.folder()) {
        feed.take(batch);
    }
}

async fn ended(envoy: &mut Option<EnvoyProcess>) -> Result<()> {
    match envoy {
        Some(envoy) => Err(anyhow!("{}; its log says why", envoy.ended().await?)),
        None => pending().await,
    }
}
