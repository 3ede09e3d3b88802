//! Load balancers, as far as Envoy can tell them from real ones.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode,
    body::Bytes,
    header::{HOST, HeaderValue, TRANSFER_ENCODING},
    server::conn::http1,
    service::service_fn,
};
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
        /// In lower case.
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
            let to = match peer.ip() {
                IpAddr::V4(address) if keeps_address => to.from(address),
                _ => to,
            };
            copy_bidirectional(&mut client, &mut to.stream().await?).await?;
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
    client_header: Option<&'static str>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let answer = ask(request, client, entry, client_header).await;
    Ok(answer.map_or_else(|_| status(StatusCode::BAD_GATEWAY), response))
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

async fn ask<B>(
    request: Request<B>,
    client: IpAddr,
    entry: &Entry,
    client_header: Option<&'static str>,
) -> Result<Answer> {
    let mut headers = request.headers().clone();
    let host = headers.remove(HOST).context("a request has a host")?;
    let client = HeaderValue::from_str(&client.to_string())?;
    let chain = match headers.get("x-forwarded-for") {
        Some(chain) => HeaderValue::from_str(&format!("{}, {}", chain.to_str()?, client.to_str()?))?,
        None => client.clone(),
    };
    headers.insert("x-forwarded-for", chain);
    let scheme = if entry.ends_tls { "https" } else { "http" };
    headers.insert("x-forwarded-proto", HeaderValue::from_static(scheme));
    headers.insert("x-forwarded-port", entry.port.into());
    if let Some(name) = client_header {
        headers.insert(name, client);
    }
    let headers = headers.iter().map(|(name, value)| Ok((name.as_str(), value.to_str()?)));
    let headers = headers.collect::<Result<Vec<_>>>()?;
    let mut connection = entry.to.open().await?;
    let (method, target) = (request.method().clone(), request.uri().to_string());
    connection.request(method, host.to_str()?, &target, &headers).await
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).expect("a server answered with it");
    *response.headers_mut() = answer.headers;
    // It says of the connection to Envoy what is not so of this one.
    response.headers_mut().remove(TRANSFER_ENCODING);
    response
}
