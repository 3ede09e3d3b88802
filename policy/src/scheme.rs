//! Step one of the decision: did the client speak `https`? The evidence is taken in a fixed order (the listener, the
//! PROXY header, `X-Forwarded-Proto`), and the answer is `https` only when it is certain.

use crate::{
    connection::{Connection, Header, Listener, Request},
    settings::{LoadBalancer, Mode, ProxyProtocol},
    trace::{SchemeSource, Step, Trace},
};

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

impl Listener {
    /// The scheme of the listener's clients, as far as it knows.
    pub fn scheme(self) -> Scheme {
        match self {
            Self::Http => Scheme::Http,
            Self::Https | Self::TlsOffload => Scheme::Https,
        }
    }
}

/// The scheme that the client used.
pub fn classify(
    connection: &Connection,
    request: &impl Request,
    load_balancer: &LoadBalancer,
    trace: &mut impl Trace,
) -> Scheme {
    let (scheme, source) = evidence(connection, request, load_balancer, trace);
    trace.step(Step::Scheme(scheme, source));
    scheme
}

fn evidence(
    connection: &Connection,
    request: &impl Request,
    load_balancer: &LoadBalancer,
    trace: &mut impl Trace,
) -> (Scheme, SchemeSource) {
    let listener = connection.listener;
    if listener == Listener::Http
        && let Some(source) = ended_tls(connection, load_balancer)
    {
        return (Scheme::Https, source);
    }
    if header_counts(listener, load_balancer)
        && connection.is_written_by(&load_balancer.trusted, load_balancer)
        && let Some(header) = request.header(Header::ForwardedProto)
    {
        match forwarded_scheme(&header) {
            Some(scheme) => return (scheme, SchemeSource::ForwardedProto),
            None => trace.step(Step::Malformed(Header::ForwardedProto)),
        }
    }
    (listener.scheme(), SchemeSource::Listener)
}

/// The scheme of every request on `listener`, where the listener alone settles it.
pub fn certain_scheme(listener: Listener, load_balancer: &LoadBalancer) -> Option<Scheme> {
    let proxy_counts = listener == Listener::Http && load_balancer.proxy_protocol != ProxyProtocol::Off;
    (!proxy_counts && !believes_header(listener, load_balancer)).then(|| listener.scheme())
}

/// Whether the scheme of some requests on `listener` is known by `X-Forwarded-Proto`.
pub fn believes_header(listener: Listener, load_balancer: &LoadBalancer) -> bool {
    header_counts(listener, load_balancer) && !load_balancer.trusted.is_empty()
}

/// Whether the load balancer's PROXY header says that it ended TLS, and where.
fn ended_tls(connection: &Connection, load_balancer: &LoadBalancer) -> Option<SchemeSource> {
    let proxy = connection.announced(load_balancer)?;
    let port = proxy.destination_port;
    if load_balancer.tls_ports.contains(&port) {
        return Some(SchemeSource::ProxyPort(port));
    }
    proxy.ended_tls.then_some(SchemeSource::ProxyTls)
}

/// Whether a believed header may answer for `listener`. Where TLS was ended on the way, only a load balancer that speaks
/// HTTP knows better: it may have taken the request in cleartext and encrypted it again.
fn header_counts(listener: Listener, load_balancer: &LoadBalancer) -> bool {
    listener == Listener::Http || load_balancer.mode == Mode::L7
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
