//! A client that may put anything before and into a request.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::{
    HeaderMap, Method, Request, Uri,
    body::Bytes,
    client::conn::{http1, http2},
    header::{CONNECTION, HOST, LOCATION},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig,
        pki_types::{CertificateDer, ServerName},
    },
};

use crate::wait::until;

/// How long a connection or an answer may take.
const WITHIN: Duration = Duration::from_secs(10);

/// How to reach a listener on the loopback address.
#[derive(Debug, Clone)]
pub struct Dial {
    port: u16,
    source: Ipv4Addr,
    preamble: Vec<u8>,
    tls: Option<(String, Arc<ClientConfig>)>,
}

/// Either kind of byte stream.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Dial {
    /// In cleartext.
    pub fn port(port: u16) -> Self {
        Self {
            port,
            source: Ipv4Addr::LOCALHOST,
            preamble: Vec::new(),
            tls: None,
        }
    }

    /// From this loopback address.
    pub fn from(self, source: Ipv4Addr) -> Self {
        Self { source, ..self }
    }

    /// With these bytes before everything else.
    pub fn preamble(self, preamble: Vec<u8>) -> Self {
        Self { preamble, ..self }
    }

    /// With TLS for this server name.
    pub fn tls(self, name: &str, config: &Arc<ClientConfig>) -> Self {
        Self {
            tls: Some((name.to_owned(), Arc::clone(config))),
            ..self
        }
    }

    /// Connects, and shakes hands if there is TLS.
    pub async fn stream(&self) -> Result<Box<dyn Stream>> {
        let stream = self.tcp().await?;
        Ok(match &self.tls {
            None => Box::new(stream),
            Some((name, config)) => Box::new(handshake(stream, name, config).await?),
        })
    }

    /// Posts JSON, and reads JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(self.stream().await?)).await?;
        tokio::spawn(connection);
        let request = Request::post(path)
            .header(HOST, "localhost")
            .body(Full::new(Bytes::from(body.to_string())))?;
        let answer = timeout(WITHIN, sender.send_request(request)).await??;
        let body = timeout(WITHIN, answer.into_body().collect()).await??.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }

    /// Shakes hands, and looks at who is there.
    pub async fn certificate(&self) -> Result<CertificateDer<'static>> {
        let (name, config) = self.tls.as_ref().context("without TLS there is no certificate")?;
        let stream = handshake(self.tcp().await?, name, config).await?;
        let chain = stream
            .get_ref()
            .1
            .peer_certificates()
            .context("a server has a certificate")?;
        Ok(chain.first().context("a chain has a certificate")?.clone().into_owned())
    }

    /// A connection that can be kept, for HTTP/1.1.
    pub async fn open(&self) -> Result<Connection> {
        let (sender, connection) = http1::handshake(TokioIo::new(self.stream().await?)).await?;
        tokio::spawn(connection);
        Ok(Connection(Sender::Http1(sender)))
    }

    /// A connection for HTTP/2.
    pub async fn open_http2(&self) -> Result<Connection> {
        let io = TokioIo::new(self.stream().await?);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        Ok(Connection(Sender::Http2(sender)))
    }

    /// One request on a connection of its own.
    pub async fn get(&self, host: &str, target: &str) -> Result<Answer> {
        self.open().await?.get(host, target, &[]).await
    }

    /// Waits until such a request comes to be answered with 200.
    pub async fn until_served(&self, host: &str, target: &str) -> Result<()> {
        until(&format!("{host}{target} is served"), async || {
            let status = self.get(host, target).await?.status;
            ensure!(status == 200, "it is answered with {status}");
            Ok(())
        })
        .await
    }

    async fn tcp(&self) -> Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((self.source, 0).into())?;
        let server = (Ipv4Addr::LOCALHOST, self.port).into();
        let mut stream = timeout(WITHIN, socket.connect(server)).await??;
        stream.set_nodelay(true)?;
        stream.write_all(&self.preamble).await?;
        Ok(stream)
    }
}

async fn handshake(stream: TcpStream, name: &str, config: &Arc<ClientConfig>) -> Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(name.to_owned())?;
    Ok(timeout(WITHIN, TlsConnector::from(Arc::clone(config)).connect(name, stream)).await??)
}

/// An open connection.
#[derive(Debug)]
pub struct Connection(Sender);

#[derive(Debug)]
enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Connection {
    /// One request, with these headers and no others but `Host`.
    pub async fn get(&mut self, host: &str, target: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.request(Method::GET, host, target, headers).await
    }

    /// The same, with any method.
    pub async fn request(
        &mut self,
        method: Method,
        host: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        timeout(WITHIN, self.exchange(method, host, target, headers))
            .await
            .context("no answer in time")?
    }

    async fn exchange(&mut self, method: Method, host: &str, target: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(target).body(Empty::new())?;
        for (name, value) in headers {
            request
                .headers_mut()
                .append(name.parse::<hyper::header::HeaderName>()?, value.parse()?);
        }
        let response = match &mut self.0 {
            Sender::Http1(sender) => {
                request.headers_mut().insert(HOST, host.parse()?);
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Sender::Http2(sender) => {
                let uri = Uri::builder().scheme("https").authority(host).path_and_query(target);
                *request.uri_mut() = uri.build()?;
                sender.ready().await?;
                sender.send_request(request).await?
            }
        };
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// Where the client is sent.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION)?.to_str().ok()
    }

    /// Whether the server said that this was the last answer on the connection.
    pub fn is_last(&self) -> bool {
        self.headers
            .get(CONNECTION)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
    }

    /// What a backend says of the request; an error for every answer of Envoy's own.
    pub fn echo(&self) -> Result<Value> {
        if self.status != 200 {
            bail!("status {} instead of an answer from a backend", self.status);
        }
        serde_json::from_slice(&self.body).context("a backend answers in JSON")
    }

    /// The name of the backend that answered.
    pub fn backend(&self) -> Result<String> {
        Ok(self.echo()?["backend"]
            .as_str()
            .context("a backend says its name")?
            .to_owned())
    }
}
