//! `isoline serve`: the controller in a cluster.

use std::{
    collections::BTreeMap,
    env,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use clap::Args;
use isoline_translator::{Kind, NamespacedName, Place, Settings};
use kube::{
    Api, Client,
    core::{ApiResource, DynamicObject, GroupVersionKind},
};
use prometheus_client::registry::Registry;
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};

use crate::{
    files::Batch,
    filter,
    folder::Reading,
    http,
    kubernetes::{
        addresses,
        certificates::Certificates,
        client,
        feed::Feed,
        lease::{self, Candidate},
        metrics::{Gauges, Metrics},
        status::{Book, Writer},
    },
    log,
    pipeline::Pipeline,
    proxy_metrics::ProxyMetrics,
    settings::{self, SettingsOptions},
    state::SharedState,
    xds::{Security, Server, Store, tls::Options as SecurityOptions},
};

/// How long connected Envoys may take to hear that we end.
const STOP_WITHIN: Duration = Duration::from_secs(2);
/// Where health and metrics are.
const HTTP_PORT: u16 = 8000;

/// Serve a cluster: read its API server, configure its Envoys
///
/// Every replica reads all objects and serves every Envoy that connects; only the holder of a Lease writes statuses. While
/// the API server cannot be reached, Envoys are served from memory. Flags have the names that they have in Contour.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  isoline serve --incluster --xds-address 0.0.0.0 --contour-cafile /certs/ca.crt \\
      --contour-cert-file /certs/tls.crt --contour-key-file /certs/tls.key
  isoline serve --kubeconfig ~/.kube/config --insecure     on a workstation, with an Envoy beside it

Exit status: 0 stopped by a signal, 2 could not start or could not go on.")]
pub struct Options {
    #[command(flatten)]
    settings: SettingsOptions,
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(flatten)]
    sockets: SocketOptions,
    #[command(flatten)]
    election: ElectionOptions,
    /// Form of the log on standard error; the variable `RUST_LOG` sets how much (info)
    #[arg(long, value_enum, default_value_t = log::Format::Text)]
    log_format: log::Format,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "API server")]
struct ClusterOptions {
    /// Use the service account of the Pod around
    #[arg(long)]
    incluster: bool,
    /// File that leads to the API server; kubectl's if not given
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Requests in a second; no limit if not given, or 0
    #[arg(long, value_name = "N")]
    kubernetes_client_qps: Option<f32>,
    /// Requests at once, where there is a limit
    #[arg(long, value_name = "N")]
    kubernetes_client_burst: Option<u32>,
    /// Log every request to the API server, if N is not 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    kubernetes_debug: u8,
    /// Name of Envoy's Service, whose addresses become those of the objects
    #[arg(long, value_name = "NAME")]
    envoy_service_name: Option<String>,
    /// Namespace of Envoy's Service
    #[arg(long, value_name = "NAMESPACE")]
    envoy_service_namespace: Option<String>,
    /// Make cert-manager Certificates for HTTPProxies with an annotation cert-manager.io/issuer or cluster-issuer
    #[arg(long)]
    cert_manager_certificates: bool,
    /// Where the addresses of the objects come from instead: `service:NAMESPACE/NAME`, `ingress:NAMESPACE/NAME` or
    /// `address:ADDRESS,...`
    #[arg(long, value_name = "SOURCE", conflicts_with = "ingress_status_address", value_parser = addresses::Source::parse)]
    load_balancer_status: Option<addresses::Source>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Sockets")]
struct SocketOptions {
    /// Address for xDS
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    xds_address: IpAddr,
    /// Port for xDS
    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    xds_port: u16,
    #[command(flatten)]
    security: SecurityOptions,
    /// Address for /healthz and /readyz [default: that of the settings, or 0.0.0.0]
    #[arg(long, value_name = "IP")]
    health_address: Option<IpAddr>,
    /// Port for /healthz and /readyz [default: that of the settings, or 8000]
    #[arg(long, value_name = "PORT")]
    health_port: Option<u16>,
    /// Address for /metrics [default: that of the settings, or 0.0.0.0]
    #[arg(long, value_name = "IP")]
    http_address: Option<IpAddr>,
    /// Port for /metrics [default: that of the settings, or 8000]
    #[arg(long, value_name = "PORT")]
    http_port: Option<u16>,
    /// Address for a page about all objects, and /debug; it must be a loopback address
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    debug_http_address: IpAddr,
    /// Port for that page
    #[arg(long, value_name = "PORT", default_value_t = 6060)]
    debug_http_port: u16,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Leader election")]
struct ElectionOptions {
    /// Write statuses without an election; only for a single replica
    #[arg(long)]
    disable_leader_election: bool,
    /// How long a leader that has gone silent is still the leader
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = settings::duration)]
    leader_election_lease_duration: Duration,
    /// How long a leader tries to stay it before it gives up
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = settings::duration)]
    leader_election_renew_deadline: Duration,
    /// How often the Lease is read, and renewed by the leader
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = settings::duration)]
    leader_election_retry_period: Duration,
    /// Name of the Lease
    #[arg(long, value_name = "NAME", default_value = "isoline-leader")]
    leader_election_resource_name: String,
    /// Namespace of the Lease; that of the controller if not given
    #[arg(long, value_name = "NAMESPACE")]
    leader_election_resource_namespace: Option<String>,
}

/// Serves until a signal.
pub fn run(options: &Options) -> Result<ExitCode> {
    Runtime::new()?.block_on(serve(options))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(options: &Options) -> Result<()> {
    ensure!(
        !filter::MODULE.is_empty(),
        "this binary was built without the policy filter: run `cargo xtask wasm` and build it again"
    );
    let settings = options.settings(&options.manifests().await?)?;
    let ours = settings.process.debug.then_some(log::OURS);
    let kubernetes = (options.cluster.kubernetes_debug > 0).then_some(log::KUBERNETES);
    log::start(options.log_format, ours.into_iter().chain(kubernetes));
    let client = client::connect(&options.client(&settings)).await?;
    let security = options.sockets.security.clone().security()?;
    let sockets = options.sockets.bind(&settings)?;
    let running = Running::start(options, settings, client, sockets, security)?;
    running.until_signal().await
}

impl Options {
    /// The object that holds the settings, if they are to come from one.
    async fn manifests(&self) -> Result<Batch> {
        let Some(name) = self.settings.object() else {
            return Ok(Batch::new());
        };
        let client = client::connect(&self.client(&Settings::default())).await?;
        let kind = GroupVersionKind::gvk("projectcontour.io", "v1alpha1", "ContourConfiguration");
        let resource = ApiResource::from_gvk_with_plural(&kind, "contourconfigurations");
        let api = Api::<DynamicObject>::namespaced_with(client, &name.namespace, &resource);
        let mut object = api
            .get(&name.name)
            .await
            .with_context(|| format!("error getting contour configuration {name}"))?;
        object.metadata.managed_fields = None;
        let path = PathBuf::from(format!("ContourConfiguration {name}"));
        Ok(BTreeMap::from([(path, Reading::Text(serde_json::to_string(&object)?))])
            .into_iter()
            .collect())
    }

    fn settings(&self, manifests: &Batch) -> Result<Settings> {
        let mut settings = self.settings.read_in_cluster(|| manifests.clone())?;
        let service = &mut settings.process.envoy_service;
        if let Some(name) = &self.cluster.envoy_service_name {
            service.name.clone_from(name);
        }
        if let Some(namespace) = &self.cluster.envoy_service_namespace {
            service.namespace.clone_from(namespace);
        }
        Ok(settings.with_envoy_listeners()?)
    }

    /// Flags win over the settings.
    fn client(&self, settings: &Settings) -> client::Options {
        let process = &settings.process;
        let cluster = &self.cluster;
        client::Options {
            in_cluster: cluster.incluster || process.in_cluster,
            kubeconfig: cluster
                .kubeconfig
                .clone()
                .or_else(|| process.kubeconfig.as_ref().map(PathBuf::from)),
            qps: cluster.kubernetes_client_qps.or(process.client_qps),
            burst: cluster.kubernetes_client_burst.or(process.client_burst),
        }
    }

    fn addresses(&self, settings: &Settings) -> addresses::Source {
        let fixed = &settings.process.ingress_status_addresses;
        match &self.cluster.load_balancer_status {
            Some(source) => source.clone(),
            None if fixed.is_empty() => {
                addresses::Source::Object(Kind::Service, settings.process.envoy_service.clone())
            }
            None => addresses::Source::Fixed(fixed.clone()),
        }
    }
}

impl ElectionOptions {
    fn start(&self, client: Client, identity: String) -> Result<Candidate> {
        if self.disable_leader_election {
            return Ok(Candidate::alone());
        }
        let namespace = self.leader_election_resource_namespace.clone();
        let options = lease::Options {
            lease: NamespacedName::new(
                namespace.unwrap_or_else(settings::namespace),
                &self.leader_election_resource_name,
            ),
            identity,
            duration: self.leader_election_lease_duration,
            renew_deadline: self.leader_election_renew_deadline,
            retry_period: self.leader_election_retry_period,
        };
        Candidate::start(client, options)
    }
}

/// The sockets that are ours before anything else starts.
struct Sockets {
    xds: TcpListener,
    health: TcpListener,
    /// Nothing if it is that of health.
    metrics: Option<TcpListener>,
    debug: TcpListener,
}

impl SocketOptions {
    fn bind(&self, settings: &Settings) -> Result<Sockets> {
        ensure!(
            self.debug_http_address.is_loopback(),
            "--debug-http-address must be a loopback address: what is served there tells of every object"
        );
        ensure!(
            settings.process.metrics_tls.is_none(),
            "the settings want the controller's metrics over TLS, which is not served: leave out metrics.contour's \
             certificate files, and let a proxy or a NetworkPolicy guard the port"
        );
        let health = socket(self.health_address, self.health_port, settings.process.health);
        let metrics = socket(self.http_address, self.http_port, settings.process.metrics);
        Ok(Sockets {
            xds: bind((self.xds_address, self.xds_port).into(), "--xds-address, --xds-port")?,
            health: bind(health, "--health-address, --health-port")?,
            metrics: (metrics != health)
                .then(|| bind(metrics, "--http-address, --http-port"))
                .transpose()?,
            debug: bind(
                (self.debug_http_address, self.debug_http_port).into(),
                "--debug-http-address, --debug-http-port",
            )?,
        })
    }
}

/// Flags win over the settings.
fn socket(address: Option<IpAddr>, port: Option<u16>, settings: Place) -> SocketAddr {
    let address = address.or(settings.address).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    (address, port.or(settings.port).unwrap_or(HTTP_PORT)).into()
}

fn bind(address: SocketAddr, flags: &str) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {address} ({flags})"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Everything that runs until the end.
struct Running {
    candidate: Candidate,
    stop_xds: oneshot::Sender<()>,
    xds: tokio::task::JoinHandle<Result<()>>,
    /// Parts that never end by themselves, by name.
    parts: JoinSet<(&'static str, Result<()>)>,
}

impl Running {
    fn start(
        options: &Options,
        settings: Settings,
        client: Client,
        sockets: Sockets,
        security: Security,
    ) -> Result<Self> {
        let mut parts = JoinSet::new();
        let mut registry = Registry::default();
        let state = SharedState::default();
        let store = Arc::new(Store::default());
        let book = Arc::new(Book::default());
        let server = Server::new(Arc::clone(&store));
        let identity = identity();
        let candidate = options.election.start(client.clone(), identity.clone())?;
        let metrics = Metrics::default();
        let known = registry.sub_registry_with_prefix("contour");
        metrics.register(known);
        known.register_collector(Box::new(ProxyMetrics(state.clone())));

        let source = options.addresses(&settings);
        let follow = addresses::follow(client.clone(), source, Arc::clone(&book));
        tokio::spawn(follow);
        let namespaces = settings.watch_namespaces.clone();
        let pipeline = Pipeline::new(settings, Arc::clone(&store), state.clone());
        let ours = registry.sub_registry_with_prefix("isoline");
        pipeline.register(ours);
        server.register(ours);
        ours.register_collector(Box::new(Gauges {
            book: Arc::clone(&book),
            is_leader: candidate.is_leader(),
        }));

        let (inclusion, questions) = mpsc::channel(1);
        let (read_once, first_read) = oneshot::channel();
        let (stop_xds, stopped) = oneshot::channel();
        let writer = Writer::new(
            client.clone(),
            Arc::clone(&book),
            Arc::clone(&store),
            candidate.is_leader(),
            identity,
            metrics,
        );
        parts.spawn(async move {
            writer.run().await;
            ("the status writer", Ok(()))
        });
        let certificates = options
            .cluster
            .cert_manager_certificates
            .then(Arc::<Certificates>::default);
        if let Some(certificates) = &certificates {
            let run = Arc::clone(certificates).run(client.clone(), candidate.is_leader());
            parts.spawn(async {
                run.await;
                ("the keeper of certificates", Ok(()))
            });
        }
        let feed = Feed::new(client, namespaces, pipeline, book, certificates);
        parts.spawn(async {
            let ready = || {
                // An error says that nobody waits any more.
                let _ = read_once.send(());
            };
            let ended = feed.run(ready, questions).await;
            ("the part that reads the API server", ended)
        });
        let xds = tokio::spawn(serve_xds(sockets.xds, server.clone(), security, first_read, stopped));
        let context = Arc::new(http::Context {
            state,
            registry,
            xds: server,
            inclusion: Some(inclusion),
            envoy_admin: None,
        });
        let mut probes = http::probes();
        match sockets.metrics {
            Some(listener) => {
                let serve = http::serve(listener, http::metrics(), Arc::clone(&context));
                parts.spawn(async { ("the server of metrics", serve.await) });
            }
            None => probes = probes.merge(http::metrics()),
        }
        for (listener, paths) in [(sockets.health, probes), (sockets.debug, http::pages())] {
            let serve = http::serve(listener, paths, Arc::clone(&context));
            parts.spawn(async { ("an HTTP server", serve.await) });
        }
        Ok(Self {
            candidate,
            stop_xds,
            xds,
            parts,
        })
    }

    async fn until_signal(mut self) -> Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let outcome = tokio::select! {
            biased;
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
            ended = &mut self.xds => Err(reason("the xDS server", ended)),
            Some(ended) = self.parts.join_next() => Err(match ended {
                Ok((part, ended)) => reason(part, Ok(ended)),
                Err(panic) => anyhow!(panic),
            }),
        };
        tracing::info!("stopping");
        self.candidate.stop().await;
        drop(self.stop_xds);
        if !self.xds.is_finished() {
            drop(timeout(STOP_WITHIN, self.xds).await);
        }
        outcome
    }
}

fn reason(part: &str, ended: Result<Result<()>, tokio::task::JoinError>) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow!("{part} ended by itself"),
        Ok(Err(error)) => error.context(format!("{part} ended by itself")),
        Err(panic) => anyhow!(panic).context(format!("{part} failed")),
    }
}

/// Serves only what is complete: an Envoy that reconnects would lose whatever is not there yet.
async fn serve_xds(
    listener: TcpListener,
    server: Server,
    security: Security,
    first_read: oneshot::Receiver<()>,
    stopped: oneshot::Receiver<()>,
) -> Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    if first_read.await.is_err() {
        bail!("nothing was read");
    }
    tracing::info!("all objects are read, Envoys are served");
    Ok(server.serve(listener, security, async { drop(stopped.await) }).await?)
}

/// The Pod's name, or that of the machine, and something that tells two processes apart.
fn identity() -> String {
    let host = env::var("POD_NAME").or_else(|_| env::var("HOSTNAME"));
    let host = host.unwrap_or_else(|_| "isoline".to_owned());
    format!("{host}-{}", std::process::id())
}
