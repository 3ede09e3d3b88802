//! The glue over a real socket.

use std::net::SocketAddr;

use isoline_envoy_api::{Any, envoy::config::core::v3::Node};
use isoline_translator::{Resource, ResourceChange, ResourceKey};
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::{
    Code,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;

use super::*;

const DELTA: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const STATE_OF_THE_WORLD: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";

struct Running {
    address: SocketAddr,
    registry: Registry,
    store: Arc<Store>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl Running {
    async fn start() -> Self {
        let store = Arc::new(Store::default());
        let server = Server::new(Arc::clone(&store));
        let mut registry = Registry::default();
        server.register(&mut registry);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(listener, Security::Insecure, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            registry,
            store,
            stop,
            serving,
        }
    }

    async fn client(&self) -> Grpc<Channel> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).expect("a URI");
        let mut client = Grpc::new(endpoint.connect().await.expect("the server listens"));
        client.ready().await.expect("connected");
        client
    }

    async fn subscribe(&self, node: &str) -> (mpsc::Sender<DeltaDiscoveryRequest>, Streaming<DeltaDiscoveryResponse>) {
        let (requests, outbound) = mpsc::channel(8);
        let node = Some(Node {
            id: node.to_owned(),
            ..Node::default()
        });
        let first = DeltaDiscoveryRequest {
            node,
            type_url: cluster().type_url(),
            ..DeltaDiscoveryRequest::default()
        };
        requests.send(first).await.expect("room");
        let path = PathAndQuery::from_static(DELTA);
        let codec = ProstCodec::default();
        let request = Request::new(ReceiverStream::new(outbound));
        let responses = self
            .client()
            .await
            .streaming(request, path, codec)
            .await
            .expect("a stream")
            .into_inner();
        (requests, responses)
    }

    fn publish(&self, name: &str) {
        let resource = Resource {
            version: "1".to_owned(),
            body: Any {
                type_url: cluster().type_url(),
                value: Vec::new(),
            },
            needs: Vec::new(),
            endpoints: None,
            origin: Vec::new(),
            secrets: Vec::new(),
        };
        let key = ResourceKey {
            kind: cluster(),
            name: name.to_owned(),
        };
        self.store.publish(vec![ResourceChange {
            key,
            resource: Some(resource),
        }]);
    }

    fn metrics(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).expect("a string takes everything");
        text
    }
}

fn cluster() -> ResourceType {
    ResourceType::Cluster
}

async fn names(responses: &mut Streaming<DeltaDiscoveryResponse>) -> (String, Vec<String>) {
    let response = responses.message().await.expect("no error").expect("a response");
    (
        response.nonce,
        response.resources.into_iter().map(|resource| resource.name).collect(),
    )
}

#[tokio::test]
async fn every_envoy_is_served_and_every_stream_ends_with_the_server() {
    let running = Running::start().await;
    running.publish("a");
    let (requests, mut one) = running.subscribe("one").await;
    let (others, mut two) = running.subscribe("two").await;
    let (nonce, first) = names(&mut one).await;
    assert_eq!(first, ["a"]);
    assert_eq!(names(&mut two).await.1, ["a"]);
    assert!(
        running.metrics().contains("xds_connected_envoys 2\n"),
        "{}",
        running.metrics()
    );

    running.publish("b");
    let refusal = isoline_envoy_api::google::rpc::Status {
        message: "no".to_owned(),
        ..Default::default()
    };
    let answer = DeltaDiscoveryRequest {
        type_url: cluster().type_url(),
        response_nonce: nonce,
        error_detail: Some(refusal),
        ..DeltaDiscoveryRequest::default()
    };
    requests.send(answer).await.expect("the stream is open");
    assert_eq!(names(&mut one).await.1, ["b"]);
    let metrics = running.metrics();
    assert!(metrics.contains("xds_nacks_total{type=\"cluster\"} 1\n"), "{metrics}");
    assert!(metrics.contains("xds_resources{type=\"cluster\"} 2\n"), "{metrics}");

    running.stop.send(()).expect("the server runs");
    assert!(one.message().await.expect("a clean end").is_none());
    assert!(two.message().await.expect("a clean end").is_none());
    drop((requests, others, one, two));
    running.serving.await.expect("no panic").expect("a clean end");
}

#[tokio::test]
async fn state_of_the_world_is_refused_with_the_way_out() {
    let running = Running::start().await;
    let path = PathAndQuery::from_static(STATE_OF_THE_WORLD);
    let codec = ProstCodec::<DiscoveryRequest, DiscoveryResponse>::default();
    let request = Request::new(tokio_stream::empty());
    let status = running
        .client()
        .await
        .streaming(request, path, codec)
        .await
        .expect_err("unimplemented");
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(status.message().contains("DELTA_GRPC"));
}
