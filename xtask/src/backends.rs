//! Sample backends: HTTP servers that echo what reached them, one of them behind TLS, and a TCP server that echoes lines.

use std::{collections::BTreeMap, convert::Infallible, io, net::Ipv4Addr, path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::CONTENT_TYPE,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use crate::ports::{BACKENDS, Offset, Port};

const HTTP_NAMES: [&str; 6] = ["web-v1", "web-v2", "auth", "reservations", "profile", "shop"];

/// The running backends; they end when this is dropped.
pub(crate) struct Backends {
    _tasks: JoinSet<()>,
}

impl Backends {
    /// Starts all of them; the file holds certificate and key for the one behind TLS.
    pub(crate) async fn start(offset: Offset, certificate: &Path) -> Result<Self> {
        let mut tasks = JoinSet::new();
        let [http @ .., tcp, tls] = BACKENDS;
        for (port, name) in http.into_iter().zip(HTTP_NAMES) {
            tasks.spawn(accept(listen(offset, port).await?, move |stream| {
                serve_http(name, stream)
            }));
        }
        tasks.spawn(accept(listen(offset, tcp).await?, echo_lines));
        let acceptor = acceptor(certificate)?;
        tasks.spawn(accept(listen(offset, tls).await?, move |stream| {
            serve_tls(acceptor.clone(), stream)
        }));
        Ok(Self { _tasks: tasks })
    }
}

async fn listen(offset: Offset, port: Port) -> Result<TcpListener> {
    let port = offset.of(port);
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}"))
}

/// Serves each connection in a task of its own. What goes wrong on one (a client that left) is no concern of the others.
async fn accept<F>(listener: TcpListener, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_http(name: &'static str, stream: impl AsyncRead + AsyncWrite + Unpin + Send) -> Result<()> {
    let service = service_fn(move |request| echo(name, request));
    Ok(http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await?)
}

async fn serve_tls(acceptor: TlsAcceptor, stream: TcpStream) -> Result<()> {
    serve_http("passthrough", acceptor.accept(stream).await?).await
}

/// Answers with what arrived. The body is read to its end, or the connection could not be kept.
async fn echo(name: &str, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut headers = BTreeMap::<_, Vec<_>>::new();
    for (header, value) in request.headers() {
        headers
            .entry(header.as_str())
            .or_default()
            .push(String::from_utf8_lossy(value.as_bytes()));
    }
    let headers: BTreeMap<_, _> = headers
        .into_iter()
        .map(|(header, values)| (header, values.join(", ")))
        .collect();
    let seen = json!({
        "backend": name,
        "method": request.method().as_str(),
        "path": request.uri().path_and_query().map_or("/", |path| path.as_str()),
        "host": headers.get("host"),
        "headers": headers,
    });
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    let mut response = Response::new(Full::from(format!("{seen:#}\n")));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, "application/json".parse().expect("a valid header value"));
    Ok(response)
}

async fn echo_lines(stream: TcpStream) -> Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"hello from tcp\n").await?;
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await? > 0 {
        stream.write_all(&line).await?;
        line.clear();
    }
    Ok(())
}

fn acceptor(certificate: &Path) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(certificate)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
