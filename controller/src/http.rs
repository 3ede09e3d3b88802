//! The controller's own HTTP: health, readiness, metrics, a page for people, and the playground.

mod debug;
mod playground;

use std::{net::TcpListener, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse},
    routing::get,
};
use isoline_translator::Inclusion;
use prometheus_client::{encoding::text, registry::Registry};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

pub use self::playground::playground;
use crate::{admin::Admin, page, state::SharedState, xds};

/// How long Envoy may take to say that it is ready.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// The page is text: nothing on it is fetched or run.
const PAGE_HEADERS: [(HeaderName, &str); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// What the answers are made from.
#[derive(Debug)]
pub struct Context {
    /// What is known of the input.
    pub state: SharedState,
    /// Everything that is counted.
    pub registry: Registry,
    /// The server that knows the connected Envoys.
    pub xds: xds::Server,
    /// Whoever knows what includes what; nobody where nobody asks.
    pub inclusion: Option<mpsc::Sender<oneshot::Sender<Inclusion>>>,
    /// The admin interface of the Envoy that must be ready for us to be ready.
    pub envoy_admin: Option<Admin>,
}

/// What a supervisor asks.
pub fn probes() -> Router<Arc<Context>> {
    Router::new()
        .route("/health", get(async || "ok\n"))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readiness))
}

/// What Prometheus asks.
pub fn metrics() -> Router<Arc<Context>> {
    Router::new().route("/metrics", get(numbers))
}

/// What people ask. It tells of every object.
pub fn pages() -> Router<Arc<Context>> {
    Router::new()
        .route("/", get(status_page))
        .route("/debug", get(debug::index))
        .route("/debug/inclusion", get(debug::inclusion))
        .route("/debug/objects", get(debug::objects))
        .route("/debug/resources", get(debug::resources))
        .route("/debug/envoys", get(debug::envoys))
}

/// Serves paths on a socket.
pub async fn serve(listener: TcpListener, paths: Router<Arc<Context>>, context: Arc<Context>) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    Ok(axum::serve(listener, paths.with_state(context)).await?)
}

async fn status_page(State(context): State<Arc<Context>>) -> impl IntoResponse {
    let page = page::render(&context.state.read(), context.xds.connected());
    (PAGE_HEADERS, Html(page))
}

async fn readiness(State(context): State<Arc<Context>>) -> (StatusCode, &'static str) {
    if !context.state.read().is_synced {
        return (StatusCode::SERVICE_UNAVAILABLE, "the objects are being read\n");
    }
    if let Some(admin) = &context.envoy_admin
        && !matches!(timeout(ANSWER_WITHIN, admin.get("/ready")).await, Ok(Ok(())))
    {
        return (StatusCode::SERVICE_UNAVAILABLE, "Envoy is not ready\n");
    }
    (StatusCode::OK, "ready\n")
}

async fn numbers(State(context): State<Arc<Context>>) -> impl IntoResponse {
    let mut body = String::new();
    match text::encode(&mut body, &context.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], body).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
