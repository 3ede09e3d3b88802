//! The cases: every way in, with every word that somebody in front can say.

use std::net::{IpAddr, SocketAddr};

use isoline_policy::Listener;
use isoline_tests::proxy_header;

use crate::route::Route;

/// How a request comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Http,
    TlsOffload,
    Https,
    Https2,
    /// TLS that names another host than the request.
    OtherSni,
    /// TLS that names a host that nobody serves.
    UnknownSni,
    /// TLS that names no host.
    NoSni,
}

/// What comes before everything else on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proxy {
    None,
    V1(&'static str, u16),
    V2(&'static str, u16),
    /// With the flags of the TLV on TLS.
    V2Ssl(&'static str, u16, u8),
    V2Local,
    Truncated,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) way: Way,
    pub(crate) proxy: Proxy,
    /// Whether the peer is one that fronts may trust.
    pub(crate) peer_is_ours: bool,
    pub(crate) forwarded_proto: Option<&'static str>,
    pub(crate) forwarded_for: Option<&'static str>,
    pub(crate) client_header: &'static [&'static str],
    pub(crate) route: Route,
}

const WAYS: [Way; 7] = [
    Way::Http,
    Way::TlsOffload,
    Way::Https,
    Way::Https2,
    Way::OtherSni,
    Way::UnknownSni,
    Way::NoSni,
];
const PROXIES: [Proxy; 13] = [
    Proxy::None,
    Proxy::V1("203.0.113.7", 443),
    Proxy::V1("203.0.113.7", 80),
    Proxy::V1("2001:db8::7", 8443),
    Proxy::V2("203.0.113.9", 443),
    Proxy::V2("198.51.100.20", 80),
    Proxy::V2("2001:db8::7", 80),
    // As load balancers write IPv4 that take both on one socket.
    Proxy::V2("::ffff:203.0.113.7", 443),
    Proxy::V2Ssl("203.0.113.7", 80, 1),
    Proxy::V2Ssl("203.0.113.7", 80, 0),
    Proxy::V2Ssl("192.0.2.1", 8443, 7),
    Proxy::V2Local,
    Proxy::Truncated,
];
const PROTOS: [Option<&str>; 6] = [
    None,
    Some("http"),
    Some("https"),
    Some("https,http"),
    Some("http, HTTPS"),
    Some("ftp"),
];
const CHAINS: [Option<&str>; 11] = [
    None,
    Some("203.0.113.9"),
    Some("192.0.2.33, 198.51.100.20"),
    Some("203.0.113.9, 203.0.113.7"),
    Some("203.0.113.7,198.51.100.1, 127.0.0.2"),
    Some("junk"),
    Some("203.0.113.7, junk, 198.51.100.1"),
    Some("2001:db8::7"),
    Some("203.0.113.7,"),
    Some("203.0.113.7:4711"),
    Some(HUNDRED),
];
const HUNDRED: &str = concat!(
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,192.0.2.1,",
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,192.0.2.1,",
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,192.0.2.1,",
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,192.0.2.1,",
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,192.0.2.1,",
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,192.0.2.1,",
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,192.0.2.1,",
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,192.0.2.1,",
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,192.0.2.1,",
    "203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,203.0.113.5,203.0.113.6,203.0.113.7,203.0.113.8,203.0.113.9,203.0.113.7",
);
const CLIENT_HEADERS: [&[&str]; 4] = [&[], &["203.0.113.7"], &["192.0.2.1"], &["203.0.113.7", "192.0.2.1"]];

/// All of them, in an order that mixes well when every n-th is taken, n having no factor in common with the sizes above.
pub(crate) fn all() -> impl Iterator<Item = Case> {
    let of_route = |route| {
        let ways = WAYS.into_iter();
        let lines = ways.flat_map(|way| PROXIES.map(move |proxy| (way, proxy)));
        let peers = lines.flat_map(|(way, proxy)| [true, false].map(move |peer| (way, proxy, peer)));
        let words = peers.flat_map(|at| PROTOS.map(move |proto| (at, proto)));
        let words = words.flat_map(|(at, proto)| CHAINS.map(move |chain| (at, proto, chain)));
        words.flat_map(move |((way, proxy, peer_is_ours), forwarded_proto, forwarded_for)| {
            CLIENT_HEADERS.map(move |client_header| Case {
                way,
                proxy,
                peer_is_ours,
                forwarded_proto,
                forwarded_for,
                client_header,
                route,
            })
        })
    };
    Route::ALL.into_iter().flat_map(of_route)
}

impl Way {
    pub(crate) fn listener(self) -> Listener {
        match self {
            Self::Http => Listener::Http,
            Self::TlsOffload => Listener::TlsOffload,
            Self::Https | Self::Https2 | Self::OtherSni | Self::UnknownSni | Self::NoSni => Listener::Https,
        }
    }
}

impl Proxy {
    /// Source, destination port, and whether the client spoke TLS, where it announces somebody.
    pub(crate) fn announces(self) -> Option<(IpAddr, u16, bool)> {
        let (source, port, tls) = match self {
            Self::None | Self::V2Local | Self::Truncated => return None,
            Self::V1(source, port) | Self::V2(source, port) => (source, port, false),
            Self::V2Ssl(source, port, flags) => (source, port, flags & 1 == 1),
        };
        let source: IpAddr = source.parse().expect("an address");
        Some((source.to_canonical(), port, tls))
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let ends = |source: &str, port| {
            let source: IpAddr = source.parse().expect("an address");
            let destination = if source.is_ipv4() {
                "198.51.100.1"
            } else {
                "2001:db8::1"
            };
            let destination = destination.parse().expect("an address");
            (SocketAddr::new(source, 56324), SocketAddr::new(destination, port))
        };
        match self {
            Self::None => Vec::new(),
            Self::V1(source, port) => {
                let (source, destination) = ends(source, port);
                proxy_header::version_1(source, destination)
            }
            Self::V2(source, port) => {
                let (source, destination) = ends(source, port);
                proxy_header::version_2(source, destination)
            }
            Self::V2Ssl(source, port, flags) => {
                let (source, destination) = ends(source, port);
                proxy_header::version_2_ssl(source, destination, flags)
            }
            Self::V2Local => proxy_header::version_2_local(),
            Self::Truncated => {
                let mut bytes = proxy_header::v2(443);
                bytes.truncate(20);
                bytes
            }
        }
    }
}
