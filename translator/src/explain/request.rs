//! A request, and the way on which it comes in.

use std::{borrow::Cow, net::IpAddr};

use http::{Uri, uri::Authority};
use isoline_policy::{self as policy, Connection, Header, Listener, LoadBalancer, Mode, ProxyHeader, ProxyProtocol};
use serde::{Deserialize, Serialize};

use super::path;
use crate::settings::Settings;

/// Who asks, if nobody in particular.
const CLIENT: [u8; 4] = [203, 0, 113, 1];
/// The address of what stands in front, if none is trusted in particular.
const LOAD_BALANCER: [u8; 4] = [10, 0, 0, 1];

/// A request as a client sends it. How it comes in is as the settings say that it is led, where it is not said here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// What the client asks for, beginning with `http://` or `https://`.
    pub url: String,
    /// GET if empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// In the order in which they are sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Where it comes in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listener: Option<Listener>,
    /// The server name in the client's TLS; the host of the URL if not set, none if empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// The other end of the TCP connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<IpAddr>,
    /// With what the connection begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyHeader>,
}

/// Why a request cannot be explained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It is no URL that a client could ask for.
    #[error("{0:?} is no URL such as https://shop.example.com/path?query")]
    Url(String),
    /// It is no method of HTTP.
    #[error("{0:?} is no method: it is a word such as GET")]
    Method(String),
    /// It is no header of HTTP.
    #[error("{0:?} is no header: a name is of letters, digits and -, and a value is one line of text")]
    Header(String),
    /// There is a condition that only Envoy understands.
    #[error("{0}: only Envoy knows what the regular expression {1:?} matches")]
    Pattern(String, String),
}

/// A request as it comes in.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) method: String,
    pub(super) authority: String,
    /// With the query, and as Envoy writes it.
    pub(super) path: String,
    /// Names are in lower case.
    headers: Vec<(String, String)>,
    pub(super) connection: Connection,
    pub(super) server_name: String,
}

impl Arrival {
    pub(super) fn of(request: &Request, settings: &Settings) -> Result<Self, RequestError> {
        let front = &settings.load_balancer;
        let (uri, authority) = parts(&request.url)?;
        let is_https = uri.scheme_str() == Some("https");
        let mut headers = Vec::new();
        for (name, value) in &request.headers {
            headers.push(header(name, value)?);
        }
        let host = headers.extract_if(.., |(name, _)| name == "host").next();
        let listener = request.listener.unwrap_or_else(|| led_to(is_https, settings));
        let is_led_by_port = is_https && listener == Listener::Http && front.mode == Mode::L4Tls;
        let is_announced = match front.proxy_protocol {
            ProxyProtocol::Off => false,
            ProxyProtocol::Optional => is_led_by_port,
            ProxyProtocol::Required => true,
        };
        let ports = front.external_ports;
        let port = if is_https { ports.https } else { ports.http };
        let assumed = is_announced.then(|| ProxyHeader {
            source: Some(CLIENT.into()),
            destination_port: authority.port_u16().unwrap_or(port),
            ended_tls: false,
        });
        let proxy = request.proxy.or(assumed);
        let mut arrival = Self {
            method: method(&request.method)?,
            authority: host.map_or_else(|| authority.to_string(), |(_, value)| value),
            path: path::normalize(uri.path_and_query().map_or("/", |it| it.as_str()), settings),
            headers,
            connection: Connection {
                listener,
                peer: request.peer.or_else(|| Some(assumed_peer(front, proxy.is_some()))),
                proxy,
            },
            server_name: match &request.server_name {
                _ if listener != Listener::Https => String::new(),
                Some(name) => name.to_ascii_lowercase(),
                None => server_name(&authority),
            },
        };
        arrival.assume_headers(is_https, front);
        Ok(arrival)
    }

    /// What a proxy in front writes, where the request comes from one that is trusted and nothing else is said.
    fn assume_headers(&mut self, is_https: bool, front: &LoadBalancer) {
        let is_written = front.mode == Mode::L7 && self.connection.is_written_by(&front.trusted, front);
        let client = IpAddr::from(CLIENT).to_string();
        let scheme = if is_https { "https" } else { "http" }.to_owned();
        for (name, value) in [("x-forwarded-for", client), ("x-forwarded-proto", scheme)] {
            if is_written && self.value(name).is_none() {
                self.headers.push((name.to_owned(), value));
            }
        }
    }

    /// All lines of a header joined by commas.
    pub(super) fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut lines = self.values(name);
        let first = lines.next()?;
        Some(lines.fold(Cow::from(first), |joined, line| Cow::from(format!("{joined},{line}"))))
    }

    /// All lines of a header, or what stands for it in HTTP/2.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let own = match name {
            ":method" => Some(&self.method),
            ":authority" | "host" => Some(&self.authority),
            ":path" => Some(&self.path),
            _ => None,
        };
        let lines = self
            .headers
            .iter()
            .filter(move |(it, _)| it == name)
            .map(|(_, value)| value);
        own.into_iter().chain(lines).map(String::as_str)
    }

    /// What is said of it, line by line.
    pub(super) fn lines(&self) -> Vec<String> {
        let Connection { listener, peer, proxy } = &self.connection;
        let known = |address: &Option<IpAddr>| address.map_or("unknown".to_owned(), |it| it.to_string());
        let mut lines = vec![
            format!("{} {} for {}", self.method, self.path, self.authority),
            format!("on listener {}, from {}", listener.as_str(), known(peer)),
        ];
        if *listener == Listener::Https {
            lines.push(match self.server_name.as_str() {
                "" => "TLS without a server name".to_owned(),
                name => format!("TLS for {name}"),
            });
        }
        lines.extend(proxy.map(|proxy| {
            let tls = if proxy.ended_tls { ", with TLS" } else { "" };
            format!(
                "PROXY header: from {} to port {}{tls}",
                known(&proxy.source),
                proxy.destination_port
            )
        }));
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        lines
    }
}

impl policy::Request for Arrival {
    fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>> {
        self.value(match header {
            Header::Authority => ":authority",
            Header::Path => ":path",
            Header::ForwardedProto => "x-forwarded-proto",
            Header::ForwardedFor => "x-forwarded-for",
            Header::Named(name) => name,
        })
    }
}

fn parts(url: &str) -> Result<(Uri, Authority), RequestError> {
    let no_url = || RequestError::Url(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| no_url())?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let authority = uri.authority().filter(|it| is_http && !it.as_str().contains('@'));
    let authority = authority.ok_or_else(no_url)?.clone();
    Ok((uri, authority))
}

fn method(method: &str) -> Result<String, RequestError> {
    let method = if method.is_empty() { "GET" } else { method };
    match http::Method::try_from(method) {
        Ok(_) => Ok(method.to_owned()),
        Err(_) => Err(RequestError::Method(method.to_owned())),
    }
}

fn header(name: &str, value: &str) -> Result<(String, String), RequestError> {
    let no_header = || RequestError::Header(format!("{name}: {value}"));
    let name = http::HeaderName::try_from(name).map_err(|_| no_header())?;
    http::HeaderValue::try_from(value).map_err(|_| no_header())?;
    Ok((name.as_str().to_owned(), value.trim().to_owned()))
}

/// Where what stands in front leads it.
fn led_to(is_https: bool, settings: &Settings) -> Listener {
    let front = &settings.load_balancer;
    match front.mode {
        _ if !is_https => Listener::Http,
        Mode::L4Tls | Mode::L7 if settings.listeners.tls_offload.enabled => Listener::TlsOffload,
        Mode::L4Tls if front.proxy_protocol != ProxyProtocol::Off => Listener::Http,
        Mode::L7 => Listener::Http,
        Mode::Auto | Mode::None | Mode::L4 | Mode::L4Tls => Listener::Https,
    }
}

fn assumed_peer(front: &LoadBalancer, is_announced: bool) -> IpAddr {
    let trusted = front.trusted.cidrs.first().and_then(|network| network.hosts().next());
    match trusted {
        Some(trusted) if front.mode == Mode::L7 => trusted,
        None if front.mode == Mode::L7 && front.trusted.hops > 0 => LOAD_BALANCER.into(),
        _ if is_announced => LOAD_BALANCER.into(),
        _ => CLIENT.into(),
    }
}

/// An address is never named.
fn server_name(authority: &Authority) -> String {
    let host = authority.host();
    let is_address = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
    if is_address {
        String::new()
    } else {
        host.to_ascii_lowercase()
    }
}
