//! Step two of the decision: whose request is it? The search begins at the nearest address that is certain, goes back
//! only through words of proxies that are ours, and stays at what is certain where these cannot be used.

use std::{borrow::Cow, net::IpAddr};

use crate::{
    connection::{Connection, Header, Request},
    route_policy::{ClientIp, Forward, ForwardedFor, RoutePolicy},
    settings::{LoadBalancer, Trusted},
    trace::{Step, Trace},
};

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address; not known if the connection has none.
    pub address: Option<IpAddr>,
    /// What told it.
    pub source: ClientSource,
}

/// What told a client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientSource {
    /// The TCP connection.
    Peer,
    /// The PROXY header.
    ProxyProtocol,
    /// `X-Forwarded-For`.
    ForwardedFor,
    /// The header that the policy names.
    Header,
}

impl ClientSource {
    /// The word for it in access logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::ProxyProtocol => "proxy-protocol",
            Self::ForwardedFor => "x-forwarded-for",
            Self::Header => "header",
        }
    }
}

/// Finds the client's address.
pub(crate) fn client(
    connection: &Connection,
    request: &impl Request,
    client_ip: &ClientIp,
    load_balancer: &LoadBalancer,
    trace: &mut impl Trace,
) -> Client {
    let told = match client_ip {
        ClientIp::Peer | ClientIp::ProxyProtocol => None,
        ClientIp::Auto => by_forwarded_for(connection, request, &load_balancer.trusted, load_balancer, trace),
        ClientIp::ForwardedFor(trusted) => by_forwarded_for(connection, request, trusted, load_balancer, trace),
        ClientIp::Header { .. } => by_header(connection, request, client_ip, load_balancer, trace),
    };
    let announced = connection
        .announced(load_balancer)
        .filter(|_| *client_ip != ClientIp::Peer);
    let client = told.unwrap_or(match announced {
        Some(proxy) => Client {
            address: proxy.source,
            source: ClientSource::ProxyProtocol,
        },
        None => Client {
            address: connection.peer,
            source: ClientSource::Peer,
        },
    });
    let client = Client {
        address: client.address.map(|address| address.to_canonical()),
        ..client
    };
    trace.step(Step::Client(client));
    client
}

/// With a number of hops every peer is one of ours, and the number says which address ours wrote last. With networks,
/// the client is the first address, from the nearest back, that is not one of ours.
fn by_forwarded_for(
    connection: &Connection,
    request: &impl Request,
    trusted: &Trusted,
    load_balancer: &LoadBalancer,
    trace: &mut impl Trace,
) -> Option<Client> {
    if !connection.is_written_by(trusted, load_balancer) {
        return None;
    }
    let by_hops = trusted.hops > 0;
    if !by_hops
        && !connection
            .nearest(load_balancer)
            .is_some_and(|nearest| trusted.contains(nearest))
    {
        return None;
    }
    let header = request.header(Header::ForwardedFor)?;
    let found = match usize::try_from(trusted.hops) {
        Ok(hops @ 1..) => header.rsplit(',').nth(hops - 1).and_then(address),
        _ => first_stranger(&header, trusted),
    };
    if found.is_none() {
        trace.step(Step::Malformed(Header::ForwardedFor));
    }
    found.map(|address| Client {
        address: Some(address),
        source: ClientSource::ForwardedFor,
    })
}

/// The outermost proxy of ours if there is no stranger; nothing if a word on the way is no address.
fn first_stranger(header: &str, trusted: &Trusted) -> Option<IpAddr> {
    let mut last = None;
    for word in header.rsplit(',') {
        let address = address(word)?;
        last = Some(address);
        if !trusted.contains(address) {
            break;
        }
    }
    last
}

fn by_header(
    connection: &Connection,
    request: &impl Request,
    client_ip: &ClientIp,
    load_balancer: &LoadBalancer,
    trace: &mut impl Trace,
) -> Option<Client> {
    let header = trusted_header(connection, request, client_ip, load_balancer)?;
    let address = address(&header);
    if let (None, ClientIp::Header { name, .. }) = (address, client_ip) {
        trace.step(Step::Malformed(Header::Named(name)));
    }
    address.map(|address| Client {
        address: Some(address),
        source: ClientSource::Header,
    })
}

/// The header that the policy names, if a proxy of ours wrote it.
pub fn trusted_header<'r>(
    connection: &Connection,
    request: &'r impl Request,
    client_ip: &ClientIp,
    load_balancer: &LoadBalancer,
) -> Option<Cow<'r, str>> {
    let ClientIp::Header { name, trusted_cidrs } = client_ip else {
        return None;
    };
    let is_trusted = if trusted_cidrs.is_empty() {
        connection.is_written_by(&load_balancer.trusted, load_balancer)
    } else {
        let trusted = |nearest| Trusted::any_contains(trusted_cidrs, nearest);
        connection.writer(load_balancer).is_some_and(trusted)
    };
    is_trusted.then(|| request.header(Header::Named(name))).flatten()
}

/// What backends are told in `X-Forwarded-For`; nothing if they are told nothing.
pub fn forwarded_for(
    connection: &Connection,
    request: &impl Request,
    client: &Client,
    policy: &RoutePolicy,
    load_balancer: &LoadBalancer,
) -> Option<String> {
    match policy
        .forward
        .as_ref()
        .map(|Forward { x_forwarded_for, .. }| x_forwarded_for)?
    {
        ForwardedFor::Remove => None,
        ForwardedFor::Replace => Some(client.address?.to_string()),
        ForwardedFor::Append => {
            let nearest = connection.nearest(load_balancer)?.to_canonical();
            let trusted = match &policy.client_ip {
                Some(ClientIp::ForwardedFor(trusted)) => trusted,
                _ => &load_balancer.trusted,
            };
            let before = connection.is_written_by(trusted, load_balancer);
            let before = before.then(|| request.header(Header::ForwardedFor)).flatten();
            Some(match before {
                Some(before) if !before.is_empty() => format!("{before},{nearest}"),
                _ => nearest.to_string(),
            })
        }
    }
}

/// An address and nothing else.
fn address(word: &str) -> Option<IpAddr> {
    word.trim_matches([' ', '\t']).parse().ok()
}
