//! A service that speaks Envoy's protocol for global rate limits.

use std::{convert::Infallible, future::ready};

use anyhow::Result;
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::{
    HeaderMap, Request, Response,
    body::{Body, Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

/// Whoever has this in a descriptor has had enough.
pub const GREEDY: &str = "greedy";

const OK: u8 = 1;
const OVER_LIMIT: u8 = 2;

pub(crate) async fn serve(stream: TcpStream) -> Result<()> {
    let server = http2::Builder::new(TokioExecutor::new());
    Ok(server.serve_connection(TokioIo::new(stream), service_fn(judge)).await?)
}

async fn judge(
    request: Request<Incoming>,
) -> Result<Response<impl Body<Data = Bytes, Error = Infallible>>, Infallible> {
    let asked = request.into_body().collect().await;
    let asked = asked.map(Collected::to_bytes).unwrap_or_default();
    let is_greedy = asked.windows(GREEDY.len()).any(|part| part == GREEDY.as_bytes());
    // An uncompressed gRPC message of two bytes: field 1, the overall code.
    let message = [0, 0, 0, 0, 2, 8, if is_greedy { OVER_LIMIT } else { OK }];
    let trailers = HeaderMap::from_iter([("grpc-status".parse().expect("a name"), HeaderValue::from_static("0"))]);
    let body = Full::from(message.to_vec()).with_trailers(ready(Some(Ok(trailers))));
    let mut response = Response::new(body);
    let kind = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}
