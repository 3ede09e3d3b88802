//! Step one of the decision: did the client speak `https`? The evidence is taken in a fixed order (the listener, the
//! PROXY header, `X-Forwarded-Proto`), and the answer is `https` only when it is certain.

use std::net::IpAddr;

use crate::settings::{LoadBalancer, Mode, ProxyProtocol};

/// The listener that took the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// Cleartext.
    Http,
    /// Envoy ends TLS.
    Https,
    /// Cleartext, from a load balancer that ended TLS.
    TlsOffload,
}

impl Listener {
    /// The scheme of the listener's clients, as far as it knows.
    fn scheme(self) -> Scheme {
        match self {
            Self::Http => Scheme::Http,
            Self::Https | Self::TlsOffload => Scheme::Https,
        }
    }
}

/// The scheme that the client used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Cleartext.
    Http,
    /// TLS, ended by Envoy or by a load balancer in front.
    Https,
}

impl Scheme {
    /// As written in a URL and in `X-Forwarded-Proto`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// What is known of the connection and the request before any policy is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The listener that took the connection.
    pub listener: Listener,
    /// The PROXY header, if the connection began with one.
    pub proxy: Option<ProxyHeader>,
    /// The other end of the TCP connection, whatever a PROXY header says.
    pub peer: Option<IpAddr>,
    /// `X-Forwarded-Proto` as it was received.
    pub forwarded_proto: Option<&'a str>,
}

/// What a PROXY header said of the connection to the load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyHeader {
    /// The port that the client dialled.
    pub destination_port: u16,
}

/// The scheme that the client used.
pub fn classify(facts: &Facts, load_balancer: &LoadBalancer) -> Scheme {
    if facts.listener == Listener::Http && ended_tls(facts.proxy, load_balancer) {
        return Scheme::Https;
    }
    if !header_counts(facts.listener, load_balancer) || !wrote_header(facts, load_balancer) {
        return facts.listener.scheme();
    }
    facts
        .forwarded_proto
        .and_then(forwarded_scheme)
        .unwrap_or(facts.listener.scheme())
}

/// The scheme of every request on `listener`, where the listener alone settles it.
pub fn certain_scheme(listener: Listener, load_balancer: &LoadBalancer) -> Option<Scheme> {
    let proxy_counts = listener == Listener::Http
        && load_balancer.proxy_protocol != ProxyProtocol::Off
        && !load_balancer.tls_ports.is_empty();
    let header_counts = header_counts(listener, load_balancer) && !load_balancer.trusted.is_empty();
    (!proxy_counts && !header_counts).then(|| listener.scheme())
}

/// Whether the load balancer's PROXY header says that it ended TLS.
fn ended_tls(proxy: Option<ProxyHeader>, load_balancer: &LoadBalancer) -> bool {
    load_balancer.proxy_protocol != ProxyProtocol::Off
        && proxy.is_some_and(|proxy| load_balancer.tls_ports.contains(&proxy.destination_port))
}

/// Whether a believed header may answer for `listener`. Where TLS was ended on the way, only a load balancer that speaks
/// HTTP knows better: it may have taken the request in cleartext and encrypted it again.
fn header_counts(listener: Listener, load_balancer: &LoadBalancer) -> bool {
    listener == Listener::Http || load_balancer.mode == Mode::L7
}

/// Whether the headers are the work of a proxy that is ours. A load balancer at layer 4 that announces the client by a
/// PROXY header hands on the client's own headers, so its address vouches for nothing.
fn wrote_header(facts: &Facts, load_balancer: &LoadBalancer) -> bool {
    let announced = facts.proxy.is_some() && load_balancer.proxy_protocol != ProxyProtocol::Off;
    let speaks_http = !announced || load_balancer.mode == Mode::L7;
    let trusted = &load_balancer.trusted;
    trusted.hops > 0 || speaks_http && facts.peer.is_some_and(|peer| trusted.contains(peer))
}

/// What `X-Forwarded-Proto` says. In a list every proxy appends its own view, so that of the nearest one, whom we
/// believe, comes last; what stands before it may be the client's invention. A last element that is neither `http` nor
/// `https` says nothing.
fn forwarded_scheme(header: &str) -> Option<Scheme> {
    let nearest = header.rsplit(',').next()?.trim_matches([' ', '\t']);
    [Scheme::Http, Scheme::Https]
        .into_iter()
        .find(|scheme| nearest.eq_ignore_ascii_case(scheme.as_str()))
}
