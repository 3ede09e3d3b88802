//! One connection to Envoy, and requests on it, exactly as they are written. What goes wrong is a result too.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    pin::Pin,
};

use h2::client::SendRequest;
use hyper::body::Bytes;
use openssl::{
    pkey::PKey,
    ssl::{self, ErrorCode, Ssl, SslContext, SslMethod, SslRef, SslVerifyMode, SslVersion},
    x509::X509,
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpSocket, TcpStream},
};
use tokio_openssl::SslStream;

use super::{
    certificates::Certificates,
    http1, http2,
    request::{Proxy, Request},
    result::{Failure, Tls},
};
use crate::{client::Stream, proxy_header};

/// Where Envoy listens.
pub const ENVOY: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);
const HTTP: u16 = 8080;
const HTTPS: u16 = 8443;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// In the order of arrival, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The last header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut same = self.headers.iter().rev().filter(|(other, _)| other == name);
        same.next().map(|(_, value)| value.as_str())
    }
}

/// An open connection.
pub enum Connection {
    Http1(http1::Connection),
    Http2(SendRequest<Bytes>),
    /// HTTP/2 was agreed upon, but not asked for.
    Handshake,
}

impl Connection {
    /// Connects to Envoy as the request says. What is known of TLS is written down even if the handshake fails later.
    pub async fn open(request: &Request, certificates: &Certificates, tls: &mut Option<Tls>) -> Result<Self, Failure> {
        Self::open_at(SocketAddrV4::new(ENVOY, port(request)), request, certificates, tls).await
    }

    /// Connects to another server in the same way.
    pub(super) async fn open_at(
        address: SocketAddrV4,
        request: &Request,
        certificates: &Certificates,
        tls: &mut Option<Tls>,
    ) -> Result<Self, Failure> {
        let stream = connect(address, request).await?;
        if !request.url.is_secure {
            return Self::over(Box::new(stream), request.http2).await;
        }
        let stream = handshake(stream, request, certificates).await?;
        let facts = Tls::of(stream.ssl(), certificates);
        let agreed = facts.alpn.as_deref() == Some("h2");
        *tls = Some(facts);
        if agreed && !request.http2 {
            return Ok(Self::Handshake);
        }
        Self::over(Box::new(stream), agreed).await
    }

    async fn over(stream: Box<dyn Stream>, http2: bool) -> Result<Self, Failure> {
        if http2 {
            http2::open(stream).await.map(Self::Http2)
        } else {
            Ok(Self::Http1(http1::Connection::new(stream)))
        }
    }

    /// Sends a request with these headers, and waits for the answer.
    pub async fn exchange(&mut self, request: &Request, headers: &[(String, String)]) -> Result<Answer, Failure> {
        match self {
            Self::Http1(connection) => connection.exchange(request, headers).await,
            Self::Http2(connection) => http2::exchange(connection, request, headers).await,
            Self::Handshake => Err(Failure::Error("HTTP/2 was not asked for".to_owned())),
        }
    }

    /// Whether another request may follow.
    pub fn is_reusable(&self) -> bool {
        match self {
            Self::Http1(connection) => connection.is_reusable(),
            Self::Http2(_) => true,
            Self::Handshake => false,
        }
    }
}

fn port(request: &Request) -> u16 {
    if request.url.is_secure == request.other_port {
        HTTP
    } else {
        HTTPS
    }
}

async fn connect(address: SocketAddrV4, request: &Request) -> Result<TcpStream, Failure> {
    let connect = async {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((request.from, 0)))?;
        let mut stream = socket.connect(address.into()).await?;
        stream.set_nodelay(true)?;
        if let Some(proxy) = &request.proxy {
            stream.write_all(&proxy_header(proxy, address.port())).await?;
        }
        Ok(stream)
    };
    connect.await.map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Refused(true),
        _ => Failure::Error(error.to_string()),
    })
}

fn proxy_header(proxy: &Proxy, port: u16) -> Vec<u8> {
    let destination = proxy.dst.unwrap_or_else(|| (ENVOY, port).into());
    if proxy.version == 1 {
        proxy_header::version_1(proxy.src, destination)
    } else {
        proxy_header::version_2(proxy.src, destination)
    }
}

async fn handshake(
    stream: TcpStream,
    request: &Request,
    certificates: &Certificates,
) -> Result<SslStream<TcpStream>, Failure> {
    let client = client(request, certificates).map_err(|error| Failure::Error(format!("{error:#}")))?;
    let mut stream = SslStream::new(client, stream).map_err(|error| Failure::Error(error.to_string()))?;
    match Pin::new(&mut stream).connect().await {
        Ok(()) => Ok(stream),
        Err(error) => Err(tls_failure(&error).unwrap_or(Failure::Closed("during the TLS handshake"))),
    }
}

/// A client that takes any certificate.
fn client(request: &Request, certificates: &Certificates) -> anyhow::Result<Ssl> {
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_verify(SslVerifyMode::NONE);
    let max = request.max_tls.as_deref().map(version).transpose()?;
    if let Some(min) = &request.min_tls {
        context.set_min_proto_version(Some(version(min)?))?;
    } else if max.is_some_and(|max| max != SslVersion::TLS1_3) {
        context.set_min_proto_version(max)?;
    }
    context.set_max_proto_version(max)?;
    // Old versions and ciphers are asked for to see them refused.
    context.set_security_level(0);
    if let Some(ciphers) = &request.ciphers {
        context.set_cipher_list(ciphers)?;
    }
    if !alpn(request).is_empty() {
        let names = alpn(request)
            .into_iter()
            .flat_map(|name| [&[u8::try_from(name.len()).unwrap_or(0)], name.as_bytes()].concat());
        context.set_alpn_protos(&names.collect::<Vec<_>>())?;
    }
    if let Some(name) = &request.client_certificate {
        let certificate = certificates.certificate(name)?;
        context.set_certificate(X509::from_pem(certificate.chain.as_bytes())?.as_ref())?;
        context.set_private_key(PKey::private_key_from_pem(certificate.key.as_bytes())?.as_ref())?;
    }
    let mut client = Ssl::new(&context.build())?;
    if let Some(name) = request.server_name() {
        client.set_hostname(name)?;
    }
    Ok(client)
}

fn alpn(request: &Request) -> Vec<&str> {
    if request.http2 && request.alpn.is_empty() {
        return vec!["h2", "http/1.1"];
    }
    request.alpn.iter().map(String::as_str).collect()
}

fn version(name: &str) -> anyhow::Result<SslVersion> {
    Ok(match name {
        "1.0" => SslVersion::TLS1,
        "1.1" => SslVersion::TLS1_1,
        "1.2" => SslVersion::TLS1_2,
        "1.3" => SslVersion::TLS1_3,
        _ => anyhow::bail!("no TLS {name}"),
    })
}

impl Tls {
    fn of(ssl: &SslRef, certificates: &Certificates) -> Self {
        let der = ssl.peer_certificate().and_then(|certificate| certificate.to_der().ok());
        let name = der.as_ref().map(|der| certificates.name_of(der).unwrap_or("unknown"));
        let alpn = ssl.selected_alpn_protocol();
        Self {
            version: ssl.version_str().to_owned(),
            alpn: alpn.map(|name| String::from_utf8_lossy(name).into_owned()),
            certificate: name.map(str::to_owned),
        }
    }
}

/// What an error while reading or writing says, if it is one of TLS.
pub(super) fn io_failure(error: &io::Error) -> Option<Failure> {
    let inner: &ssl::Error = error.get_ref()?.downcast_ref()?;
    tls_failure(inner)
}

/// The alert that ended it, or what is wrong with what the server says; nothing if the connection just ends.
fn tls_failure(error: &ssl::Error) -> Option<Failure> {
    if error.code() != ErrorCode::SSL {
        return None;
    }
    let error = error.ssl_error()?.errors().first()?;
    let reason = error.reason().unwrap_or("unknown");
    (reason != "unexpected eof while reading").then(|| Failure::TlsError(alert(reason)))
}

/// The name of an alert, from openssl's words for it: `tlsv1 alert protocol version`.
fn alert(reason: &str) -> String {
    let prefixes = ["sslv3 ", "tlsv1 ", "tlsv13 ", "ssl/tls "];
    let bare = prefixes
        .iter()
        .find_map(|prefix| reason.strip_prefix(prefix))
        .unwrap_or(reason);
    bare.strip_prefix("alert ").unwrap_or(bare).replace(' ', "_")
}
