//! Load balancers, as far as Envoy can tell them from real ones.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use http_body_util::Full;
use hyper::{Request, Response, StatusCode, body::Bytes, header::HOST, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use isoline_tests::{
    client::{Answer, Dial, Stream},
    proxy_header,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// What clients dial.
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));

/// One port of a load balancer.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) port: u16,
    pub(crate) ends_tls: bool,
    pub(crate) layer: Layer,
    /// Where it leads, from the load balancer's own address.
    pub(crate) to: Dial,
}

/// What a load balancer works on.
#[derive(Debug, Clone)]
pub(crate) enum Layer {
    Connections {
        keeps_address: bool,
        header: ProxyHeader,
    },
    /// It writes `X-Forwarded-*`, and perhaps the client's address under a name of its own.
    Requests {
        client_header: Option<&'static str>,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum ProxyHeader {
    None,
    V1,
    V2,
    /// Version 2 with the TLV that tells of TLS.
    V2Ssl,
}

/// A running load balancer; it ends, with its connections, when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Front {
    /// What clients dial, and where that listens.
    ports: Vec<(u16, u16)>,
    tasks: JoinSet<()>,
}

impl Front {
    pub(crate) async fn start(entries: Vec<Entry>, acceptor: &TlsAcceptor) -> Result<Self> {
        let mut front = Self::default();
        for entry in entries {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            front.ports.push((entry.port, listener.local_addr()?.port()));
            front.tasks.spawn(accept(listener, Arc::new(entry), acceptor.clone()));
        }
        Ok(front)
    }

    /// Where a port that clients dial listens on the loopback address.
    pub(crate) fn port(&self, dialled: u16) -> Result<u16> {
        let found = self.ports.iter().find(|(port, _)| *port == dialled);
        Ok(found
            .with_context(|| format!("the load balancer has no port {dialled}"))?
            .1)
    }
}

async fn accept(listener: TcpListener, entry: Arc<Entry>, acceptor: TlsAcceptor) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((client, peer)) = listener.accept() => {
                connections.spawn(serve(client, peer, Arc::clone(&entry), acceptor.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(client: TcpStream, peer: SocketAddr, entry: Arc<Entry>, acceptor: TlsAcceptor) -> Result<()> {
    let mut client: Box<dyn Stream> = if entry.ends_tls {
        Box::new(acceptor.accept(client).await?)
    } else {
        Box::new(client)
    };
    match entry.layer {
        Layer::Connections { keeps_address, header } => {
            let to = entry.to.clone().preamble(entry.preamble(peer, header));
            let mut server = match peer.ip() {
                IpAddr::V4(address) if keeps_address => to.from(address),
                _ => to,
            }
            .stream()
            .await?;
            copy_bidirectional(&mut client, &mut server).await?;
        }
        Layer::Requests { client_header } => {
            let service = service_fn(|request| forward(request, peer.ip(), &entry, client_header));
            http1::Builder::new()
                .serve_connection(TokioIo::new(client), service)
                .await?;
        }
    }
    Ok(())
}

impl Entry {
    fn preamble(&self, peer: SocketAddr, header: ProxyHeader) -> Vec<u8> {
        let dialled = SocketAddr::new(PUBLIC, self.port);
        match header {
            ProxyHeader::None => Vec::new(),
            ProxyHeader::V1 => proxy_header::version_1(peer, dialled),
            ProxyHeader::V2 => proxy_header::version_2(peer, dialled),
            ProxyHeader::V2Ssl => proxy_header::version_2_ssl(peer, dialled, self.ends_tls.into()),
        }
    }
}

/// Passes a request on; where nobody answers it says so.
async fn forward<B>(
    request: Request<B>,
    client: IpAddr,
    entry: &Entry,
    client_header: Option<&str>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let answer = ask(request, client, entry, client_header).await;
    Ok(answer.map_or_else(|_| status(StatusCode::BAD_GATEWAY), response))
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

async fn ask<B>(request: Request<B>, client: IpAddr, entry: &Entry, client_header: Option<&str>) -> Result<Answer> {
    let received = request.headers();
    let value = |name: &str| received.get(name).and_then(|value| value.to_str().ok());
    let host = value(HOST.as_str()).context("a request has a host")?;
    let client = client.to_string();
    let chain = value("x-forwarded-for").map_or_else(|| client.clone(), |chain| format!("{chain}, {client}"));
    let port = entry.port.to_string();
    let mut written = vec![
        ("x-forwarded-for", chain.as_str()),
        ("x-forwarded-proto", if entry.ends_tls { "https" } else { "http" }),
        ("x-forwarded-port", &port),
    ];
    written.extend(client_header.map(|name| (name, client.as_str())));
    let names: Vec<_> = written.iter().map(|(name, _)| name.to_lowercase()).collect();
    let others = received
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    written.extend(others.filter(|(name, _)| *name != HOST.as_str() && !names.iter().any(|known| known == name)));
    let target = request.uri().to_string();
    let method = request.method().clone();
    entry.to.open().await?.request(method, host, &target, &written).await
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).expect("a server answered with it");
    for name in ["location", "strict-transport-security"] {
        if let Some(value) = answer.headers.get(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}
