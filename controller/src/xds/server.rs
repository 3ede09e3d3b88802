//! The gRPC side: one task per Envoy that moves messages between the network, its [`Stream`] and the [`Store`].

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use isoline_envoy_api::envoy::service::discovery::v3::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse,
};
use isoline_translator::ResourceType;
use prometheus_client::registry::Registry;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Response, Status, Streaming,
    transport::server::{Router, TcpIncoming},
};

use self::service::aggregated_discovery_service_server::{
    AggregatedDiscoveryService, AggregatedDiscoveryServiceServer,
};
use super::{Envoy, Refusal, Security, Store, Stream, Subscriber, metrics::Metrics, tls::Handshakes};

#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
mod service {
    include!(concat!(
        env!("OUT_DIR"),
        "/envoy.service.discovery.v3.AggregatedDiscoveryService.rs"
    ));
}

/// A reconnecting Envoy states the version of every resource in one message per type: megabytes with many hosts.
const MAX_REQUEST_BYTES: usize = 64 << 20;

/// How often a silent connection is probed, and how long it may take to answer.
const KEEPALIVE_INTERVAL: Duration = Duration::from_mins(1);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// The delta ADS server.
#[derive(Debug, Clone)]
pub struct Server {
    store: Arc<Store>,
    metrics: Metrics,
}

impl Server {
    /// A server of what `store` holds.
    pub fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            metrics: Metrics::default(),
        }
    }

    /// Adds the metrics of this server and its store.
    pub fn register(&self, registry: &mut Registry) {
        self.metrics.register(registry, Arc::clone(&self.store));
    }

    /// What is served.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The connected Envoys.
    pub fn envoys(&self) -> Vec<Envoy> {
        self.store.envoys()
    }

    /// How many Envoys are connected.
    pub fn connected(&self) -> usize {
        self.store.connected()
    }

    /// Serves every Envoy that connects and is let in, until `shutdown` is ready; then ends all streams.
    pub async fn serve(
        self,
        listener: TcpListener,
        security: Security,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), tonic::transport::Error> {
        let (stop, stopped) = watch::channel(());
        let stopping = async move {
            shutdown.await;
            drop(stop);
        };
        let failures = self.metrics.handshake_failures.clone();
        let router = router(Service { server: self, stopped });
        match security {
            Security::Insecure => {
                let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                router.serve_with_incoming_shutdown(incoming, stopping).await
            }
            Security::Mutual(credentials) => {
                let incoming = Handshakes::new(credentials, failures).incoming(listener);
                router.serve_with_incoming_shutdown(incoming, stopping).await
            }
        }
    }
}

fn router(service: Service) -> Router {
    tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .add_service(AggregatedDiscoveryServiceServer::new(service).max_decoding_message_size(MAX_REQUEST_BYTES))
}

struct Service {
    server: Server,
    /// Closed when the server shuts down.
    stopped: watch::Receiver<()>,
}

type Responses<T> = ReceiverStream<Result<T, Status>>;

#[tonic::async_trait]
impl AggregatedDiscoveryService for Service {
    type StreamAggregatedResourcesStream = Responses<DiscoveryResponse>;
    type DeltaAggregatedResourcesStream = Responses<DeltaDiscoveryResponse>;

    async fn stream_aggregated_resources(
        &self,
        _: Request<Streaming<DiscoveryRequest>>,
    ) -> Result<Response<Self::StreamAggregatedResourcesStream>, Status> {
        Err(Status::unimplemented(
            "only delta ADS is served: set api_type DELTA_GRPC",
        ))
    }

    async fn delta_aggregated_resources(
        &self,
        request: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Self::DeltaAggregatedResourcesStream>, Status> {
        // One response per type can be in flight, so the task never waits for a slot while Envoy keeps the protocol.
        let (outbound, responses) = mpsc::channel(ResourceType::ALL.len());
        let connection = Connection {
            stream: Stream::new(stream_id()),
            subscriber: self.server.store.subscribe(),
            metrics: self.server.metrics.clone(),
            outbound,
            has_joined: false,
        };
        tokio::spawn(connection.run(request.into_inner(), self.stopped.clone()));
        Ok(Response::new(ReceiverStream::new(responses)))
    }
}

/// The time in nanoseconds: one Envoy does not connect twice at once, whichever replica or process it reaches.
fn stream_id() -> String {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    format!("{:x}", since_epoch.unwrap_or_default().as_nanos())
}

/// One connected Envoy.
struct Connection {
    stream: Stream,
    subscriber: Subscriber,
    metrics: Metrics,
    outbound: mpsc::Sender<Result<DeltaDiscoveryResponse, Status>>,
    has_joined: bool,
}

impl Connection {
    async fn run(mut self, mut inbound: Streaming<DeltaDiscoveryRequest>, mut stopped: watch::Receiver<()>) {
        loop {
            let request = tokio::select! {
                message = inbound.message() => match message {
                    Ok(Some(request)) => Some(request),
                    Ok(None) => break,
                    Err(status) => {
                        tracing::debug!(node = self.stream.node(), %status, "xDS stream failed");
                        break;
                    }
                },
                () = self.subscriber.changed() => None,
                _ = stopped.changed() => break,
            };
            if self.advance(request).await.is_err() {
                break;
            }
        }
        tracing::info!(node = self.stream.node(), "Envoy disconnected");
    }

    /// Takes a request and whatever changed, and sends what follows from them.
    async fn advance(
        &mut self,
        request: Option<DeltaDiscoveryRequest>,
    ) -> Result<(), mpsc::error::SendError<Result<DeltaDiscoveryResponse, Status>>> {
        let known = !self.stream.node().is_empty();
        let stream = &mut self.stream;
        let responses = self.subscriber.read(|snapshot, changed| {
            stream.on_change(changed);
            if let Some(request) = request {
                stream.on_request(request, snapshot);
            }
            stream.poll(snapshot)
        });
        let refusals = self.stream.take_new_refusals();
        self.subscriber.report(&self.stream.take_told(), &refusals);
        if !self.has_joined && self.stream.is_at_rest() {
            self.has_joined = true;
            self.subscriber.has_joined();
        }
        if !known && !self.stream.node().is_empty() {
            self.subscriber.name(self.stream.node());
            tracing::info!(node = self.stream.node(), "Envoy connected");
        }
        for refusal in refusals {
            self.report(&refusal);
        }
        for response in responses {
            tracing::debug!(
                node = self.stream.node(),
                r#type = response.type_url,
                resources = response.resources.len(),
                removed = response.removed_resources.len(),
                "sending to Envoy"
            );
            self.outbound.send(Ok(response)).await?;
        }
        Ok(())
    }

    fn report(&self, refusal: &Refusal) {
        let objects: Vec<_> = refusal.origin.iter().map(ToString::to_string).collect();
        tracing::error!(
            node = self.stream.node(),
            r#type = ?refusal.key.kind,
            resource = refusal.key.name,
            objects = objects.join(", "),
            message = refusal.message,
            "Envoy refused a resource; its last good version stays"
        );
        self.metrics.count_refusal(refusal.key.kind);
    }
}

#[cfg(test)]
mod tests;
