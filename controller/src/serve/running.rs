//! Everything that runs until a signal, and how it is tied together.

use std::{env, net::TcpListener, sync::Arc};

use anyhow::{Result, anyhow};
use axum::Router;
use isoline_translator::Settings;
use kube::Client;
use prometheus_client::registry::Registry;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use super::{Options, sockets::Sockets};
use crate::{
    http,
    kubernetes::{
        addresses,
        certificates::Certificates,
        feed::Feed,
        lease::Candidate,
        metrics::{Gauges, Metrics},
        status::{Book, Writer},
        watch::Everything,
    },
    pipeline::Pipeline,
    proxy_metrics::ProxyMetrics,
    serving::{XdsTask, ended_by_itself},
    state::SharedState,
    xds::{Server, Store},
};

/// Everything that runs until the end.
pub(super) struct Running {
    candidate: Candidate,
    xds: XdsTask,
    parts: Parts,
}

/// Parts that never end by themselves, by name.
type Parts = JoinSet<(&'static str, Result<()>)>;

impl Running {
    pub(super) fn start(options: &Options, settings: Settings, client: Client, sockets: Sockets) -> Result<Self> {
        let state = SharedState::default();
        let store = Arc::new(Store::default());
        let book = Arc::new(Book::default());
        let server = Server::new(Arc::clone(&store));
        let identity = identity();
        let candidate = options.election.start(client.clone(), identity.clone())?;
        let metrics = Metrics::default();
        let follow = addresses::follow(client.clone(), options.addresses(&settings), Arc::clone(&book));
        tokio::spawn(follow);
        let watched = Everything::of(&settings);
        let pipeline = Pipeline::new(settings, Arc::clone(&store), state.clone());
        let registry = registry(&pipeline, &server, &metrics, &state, &book, &candidate);

        let mut parts = Parts::new();
        let writer = Writer::new(
            client.clone(),
            Arc::clone(&book),
            store,
            candidate.is_leader(),
            identity,
            metrics,
        );
        parts.spawn(async { ("the status writer", writer.run().await) });
        let certificates = options
            .cluster
            .cert_manager_certificates
            .then(Arc::<Certificates>::default);
        if let Some(certificates) = &certificates {
            let run = Arc::clone(certificates).run(client.clone(), candidate.is_leader());
            parts.spawn(async { ("the keeper of certificates", run.await) });
        }
        let (inclusion, questions) = mpsc::channel(1);
        let (read_once, first_read) = oneshot::channel();
        let feed = Feed::new(client, watched, pipeline, book, certificates);
        parts.spawn(async {
            let ended = feed.run(read_once, questions).await;
            ("the part that reads the API server", ended)
        });
        let xds = XdsTask::start(sockets.xds, sockets.security, server.clone(), first_read)?;
        let context = http::Context {
            state,
            registry,
            xds: server,
            inclusion: Some(inclusion),
            envoy_admin: None,
        };
        let pages = if options.sockets.playground {
            http::pages().merge(http::playground())
        } else {
            http::pages()
        };
        let context = Arc::new(context);
        serve_http(sockets.health, sockets.metrics, &context, &mut parts);
        serve_paths(sockets.debug, pages, &context, &mut parts);
        Ok(Self { candidate, xds, parts })
    }

    pub(super) async fn until_signal(mut self) -> Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let outcome = tokio::select! {
            biased;
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
            Some(ended) = self.parts.join_next() => Err(match ended {
                Ok((part, ended)) => ended_by_itself(part, Ok(ended)),
                Err(panic) => anyhow!(panic),
            }),
            // It also ends because nothing was read, of which the part before knows more.
            ended = self.xds.ended() => Err(ended_by_itself("the xDS server", ended)),
        };
        tracing::info!("stopping");
        self.candidate.stop().await;
        self.xds.stop().await;
        outcome
    }
}

/// Everything that is counted, under the names of the reference where the meaning is the same.
fn registry(
    pipeline: &Pipeline,
    server: &Server,
    metrics: &Metrics,
    state: &SharedState,
    book: &Arc<Book>,
    candidate: &Candidate,
) -> Registry {
    let mut registry = Registry::default();
    let known = registry.sub_registry_with_prefix("contour");
    metrics.register(known);
    known.register_collector(Box::new(ProxyMetrics(state.clone())));
    let ours = registry.sub_registry_with_prefix("isoline");
    pipeline.register(ours);
    server.register(ours);
    ours.register_collector(Box::new(Gauges {
        book: Arc::clone(book),
        is_leader: candidate.is_leader(),
    }));
    registry
}

fn serve_http(health: TcpListener, metrics: Option<TcpListener>, context: &Arc<http::Context>, parts: &mut Parts) {
    let mut serve = |listener, paths| serve_paths(listener, paths, context, parts);
    match metrics {
        Some(metrics) => {
            serve(metrics, http::metrics());
            serve(health, http::probes());
        }
        None => serve(health, http::probes().merge(http::metrics())),
    }
}

fn serve_paths(
    listener: TcpListener,
    paths: Router<Arc<http::Context>>,
    context: &Arc<http::Context>,
    parts: &mut Parts,
) {
    let serve = http::serve(listener, paths, Arc::clone(context));
    parts.spawn(async { ("an HTTP server", serve.await) });
}

/// The Pod's name, or that of the machine, and something that tells two processes apart.
fn identity() -> String {
    let host = env::var("POD_NAME").or_else(|_| env::var("HOSTNAME"));
    let host = host.unwrap_or_else(|_| "isoline".to_owned());
    format!("{host}-{}", std::process::id())
}
