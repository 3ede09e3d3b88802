//! What is known before a request is read, and how what it says of itself is asked for.

use std::{borrow::Cow, fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::settings::{LoadBalancer, Mode, ProxyProtocol, Trusted};

/// The listener that took the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Listener {
    /// Cleartext.
    Http,
    /// Envoy ends TLS.
    Https,
    /// Cleartext, from a load balancer that ended TLS.
    TlsOffload,
}

impl Listener {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Http, Self::Https, Self::TlsOffload];

    /// Its name, as in settings and filter chains.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::TlsOffload => "tls-offload",
        }
    }
}

/// A connection to Envoy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The listener that took it.
    pub listener: Listener,
    /// The other end of the TCP connection, whatever a PROXY header says.
    pub peer: Option<IpAddr>,
    /// The PROXY header, if it began with one.
    pub proxy: Option<ProxyHeader>,
}

/// What a PROXY header said of the connection to the load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProxyHeader {
    /// Where it came from.
    pub source: Option<IpAddr>,
    /// The port that the client dialled.
    pub destination_port: u16,
    /// Whether its SSL TLV (version 2, type 0x20) says that the client spoke TLS.
    #[serde(default)]
    pub ended_tls: bool,
}

impl Connection {
    /// The PROXY header, where such headers are taken at all.
    pub(crate) fn announced(&self, load_balancer: &LoadBalancer) -> Option<&ProxyHeader> {
        let proxy = self.proxy.as_ref();
        proxy.filter(|_| load_balancer.proxy_protocol != ProxyProtocol::Off)
    }

    /// The nearest end that is certain: the client of the load balancer, if that announces its clients, else the peer.
    pub(crate) fn nearest(&self, load_balancer: &LoadBalancer) -> Option<IpAddr> {
        match self.announced(load_balancer) {
            Some(proxy) => proxy.source,
            None => self.peer,
        }
    }

    /// Who wrote the last word in the headers. A load balancer that does not speak HTTP hands on the headers of whom it
    /// announces, so that its own address vouches for nothing.
    pub(crate) fn writer(&self, load_balancer: &LoadBalancer) -> Option<IpAddr> {
        match load_balancer.mode {
            Mode::L7 => self.peer,
            Mode::Auto | Mode::None | Mode::L4 | Mode::L4Tls => self.nearest(load_balancer),
        }
    }

    /// Whether the headers are the work of a proxy that is ours.
    pub fn is_written_by(&self, trusted: &Trusted, load_balancer: &LoadBalancer) -> bool {
        let writer = || self.writer(load_balancer);
        trusted.hops > 0 || writer().is_some_and(|writer| trusted.contains(writer))
    }
}

/// A part of a request's head that a decision may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header<'a> {
    /// `Host`, or `:authority`, as the client wrote it.
    Authority,
    /// The path with its query.
    Path,
    /// `X-Forwarded-Proto` as it was received.
    ForwardedProto,
    /// `X-Forwarded-For` as it was received, all lines of it joined by commas.
    ForwardedFor,
    /// Any other by its name in lower case, all lines of it joined by commas.
    Named(&'a str),
}

impl fmt::Display for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authority => "Host",
            Self::Path => ":path",
            Self::ForwardedProto => "X-Forwarded-Proto",
            Self::ForwardedFor => "X-Forwarded-For",
            Self::Named(name) => name,
        })
    }
}

/// The head of a request. It is asked for one thing at a time, so that what nobody may believe is never read.
pub trait Request {
    /// A header; nothing if it is not there. What is not text counts as empty, or in a list of words as a character
    /// that no word has.
    fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>>;
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A request line without headers.
    pub(crate) struct Written<'a> {
        pub(crate) authority: &'a str,
        pub(crate) path_and_query: &'a str,
    }

    impl Request for Written<'_> {
        fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>> {
            match header {
                Header::Authority => Some(self.authority.into()),
                Header::Path => Some(self.path_and_query.into()),
                Header::ForwardedProto | Header::ForwardedFor | Header::Named(_) => None,
            }
        }
    }
}
