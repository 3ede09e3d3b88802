//! Servers behind Envoy. Those that speak HTTP answer with their name and what reached them.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddrV4},
};

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response, StatusCode, Uri,
    body::{Bytes, Incoming},
    header::{HeaderValue, LOCATION},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use crate::limiter;

/// A running server; it ends, with its connections, when it is dropped.
#[derive(Debug)]
pub struct Backend {
    port: u16,
    _task: JoinSet<()>,
}

impl Backend {
    /// HTTP on a port of its own.
    pub async fn start(name: &'static str) -> Result<Self> {
        Self::on(0, name).await
    }

    /// HTTP on a given port.
    pub async fn on(port: u16, name: &'static str) -> Result<Self> {
        Self::serve(port, move |stream| serve_http(stream, name)).await
    }

    /// HTTP on an address of a network of the test's own.
    pub async fn at(address: SocketAddrV4, name: &'static str) -> Result<Self> {
        Self::listen(address, move |stream| serve_http(stream, name)).await
    }

    /// HTTP over TLS on a given port.
    pub async fn over_tls(port: u16, name: &'static str, acceptor: TlsAcceptor) -> Result<Self> {
        let serve = move |stream| {
            let acceptor = acceptor.clone();
            async move { serve_http(acceptor.accept(stream).await?, name).await }
        };
        Self::serve(port, serve).await
    }

    /// A service for global rate limits on a port of its own.
    pub async fn limiter() -> Result<Self> {
        Self::serve(0, limiter::serve).await
    }

    /// Plain TCP on a given port: every byte comes back.
    pub async fn echo(port: u16) -> Result<Self> {
        Self::serve(port, return_bytes).await
    }

    /// The same over TLS.
    pub async fn echo_over_tls(port: u16, acceptor: TlsAcceptor) -> Result<Self> {
        let serve = move |stream| {
            let acceptor = acceptor.clone();
            async move { return_bytes(acceptor.accept(stream).await?).await }
        };
        Self::serve(port, serve).await
    }

    /// Where it listens on the loopback address.
    pub fn port(&self) -> u16 {
        self.port
    }

    async fn serve<F>(port: u16, serve: impl Fn(TcpStream) -> F + Send + 'static) -> Result<Self>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        Self::listen(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), serve).await
    }

    async fn listen<F>(address: SocketAddrV4, serve: impl Fn(TcpStream) -> F + Send + 'static) -> Result<Self>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("no backend on {address}"))?;
        let port = listener.local_addr()?.port();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    Ok((stream, _)) = listener.accept() => drop(connections.spawn(serve(stream))),
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Self { port, _task: task })
    }
}

async fn return_bytes(stream: impl AsyncRead + AsyncWrite) -> Result<()> {
    let (mut from, mut to) = tokio::io::split(stream);
    tokio::io::copy(&mut from, &mut to).await?;
    Ok(())
}

async fn serve_http(stream: impl AsyncRead + AsyncWrite + Unpin + Send, name: &'static str) -> Result<()> {
    let service = service_fn(move |request| answer(name, request));
    Ok(http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await?)
}

async fn answer(name: &str, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let headers = request.headers().iter();
    let headers: Map<_, _> = headers
        .map(|(name, value)| (name.to_string(), Value::from(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    let answer = json!({"backend": name, "path": request.uri().to_string(), "headers": headers});
    let status = asked_status(request.uri().path());
    let location = asked_location(request.uri()).and_then(|to| HeaderValue::from_str(to).ok());
    // A body that is left unread would end the connection.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::from(answer.to_string()));
    *response.status_mut() = status.unwrap_or_default();
    if let Some(location) = location {
        *response.status_mut() = StatusCode::FOUND;
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// `/redirect?http://else/where` is answered with a redirect to there.
fn asked_location(uri: &Uri) -> Option<&str> {
    uri.query().filter(|_| uri.path() == "/redirect")
}

/// A path below `/status/403` is answered with 403, and so on.
fn asked_status(path: &str) -> Option<StatusCode> {
    let code = path.strip_prefix("/status/")?.split('/').next()?;
    StatusCode::from_bytes(code.as_bytes()).ok()
}
