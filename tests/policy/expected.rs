//! What must come of a case, written down apart from the code that decides.

use std::net::IpAddr;

use isoline_policy::{Listener, LoadBalancer, Mode, ProxyProtocol};

use crate::{
    case::{Case, Proxy, Way},
    front::{STRANGER, TRUSTED_PEER},
    route::{CLIENTS, HSTS, PEERS, Route, UNWANTED},
};

/// The host of all cases.
pub(crate) const HOST: &str = "shop.example.com";

/// What the client sees, and what the backend is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Served(Told),
    Redirected(u16, String),
    Denied,
    /// Closed, or an answer that is neither of the route nor of its policies.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) scheme: &'static str,
    /// On routes whose policy says what it is.
    pub(crate) forwarded_for: Option<String>,
    pub(crate) real_ip: Option<String>,
    pub(crate) forwarded_port: Option<String>,
    pub(crate) strict_transport_security: Option<&'static str>,
}

pub(crate) fn expected(case: &Case, front: &LoadBalancer) -> Outcome {
    if !is_accepted(case, front) {
        return Outcome::Nothing;
    }
    let peer = IpAddr::from(if case.peer_is_ours { TRUSTED_PEER } else { STRANGER });
    let announced = case.proxy.announces();
    let nearest = announced.map_or(peer, |(source, ..)| source);
    // Only who speaks HTTP writes headers; others pass on those of the one that they announce.
    let writer = if front.mode == Mode::L7 { peer } else { nearest };
    let is_ours = |address: IpAddr| front.trusted.cidrs.iter().any(|cidr| cidr.contains(&address));
    let by_hops = front.trusted.hops > 0;
    let is_believed = by_hops || is_ours(writer);

    let is_https = {
        let by_listener = case.way.listener() != Listener::Http;
        let word = case.forwarded_proto.and_then(|words| words.split(',').next_back());
        let word = word.map(|word| word.trim().to_lowercase());
        let by_header = match word.as_deref() {
            Some("https") if is_believed => Some(true),
            Some("http") if is_believed => Some(false),
            _ => None,
        };
        let by_proxy = announced.is_some_and(|(_, port, tls)| tls || front.tls_ports.contains(&port));
        match case.way.listener() {
            Listener::Http => by_proxy || by_header.unwrap_or(by_listener),
            Listener::Https | Listener::TlsOffload if front.mode == Mode::L7 => by_header.unwrap_or(by_listener),
            Listener::Https | Listener::TlsOffload => true,
        }
    };
    let chain: Vec<&str> = case
        .forwarded_for
        .map(|chain| chain.split(',').map(str::trim).collect())
        .unwrap_or_default();
    let hop = |hops: usize| chain.len().checked_sub(hops).map(|at| chain[at].parse::<IpAddr>());
    let auto = if by_hops {
        hop(front.trusted.hops as usize).and_then(Result::ok)
    } else if is_believed && is_ours(nearest) {
        strangers(&chain, is_ours)
    } else {
        None
    };
    let client = match case.route {
        Route::Hop => hop(1).and_then(Result::ok).unwrap_or(nearest),
        Route::Peer => peer,
        Route::Header => {
            let trusted = [TRUSTED_PEER.into(), IpAddr::from([198, 51, 100, 20])].contains(&writer);
            match case.client_header {
                [only] if trusted => only.parse().expect("an address"),
                _ => nearest,
            }
        }
        _ => auto.unwrap_or(nearest),
    };
    let is_client = CLIENTS.iter().any(|cidr| is_in(client, cidr));
    let may_come = match case.route {
        Route::AllowClient | Route::Header => is_client,
        Route::DenyClient => !is_client,
        Route::AllowPeer => is_in(peer, PEERS),
        Route::Access => is_client && client != IpAddr::from([203, 0, 113, 9]),
        Route::Peer => peer != IpAddr::from(STRANGER),
        _ => true,
    };
    let may_come = may_come && (case.route.has_list() || !is_in(client, UNWANTED));
    if !may_come {
        return Outcome::Denied;
    }
    let port = match front.external_ports.https {
        443 => String::new(),
        other => format!(":{other}"),
    };
    let location = format!("https://{HOST}{port}{}?b=%20c", case.route.path());
    match case.route {
        Route::Redirect if !is_https => return Outcome::Redirected(308, location),
        Route::Access if !is_https => return Outcome::Redirected(301, location),
        Route::Deny if !is_https => return Outcome::Denied,
        _ => {}
    }
    let appended = match case.forwarded_for.filter(|_| is_believed) {
        Some(chain) => format!("{chain},{nearest}"),
        None => nearest.to_string(),
    };
    Outcome::Served(Told {
        scheme: if is_https { "https" } else { "http" },
        forwarded_for: match case.route {
            Route::Append => Some(appended),
            Route::Hop | Route::Header => Some(client.to_string()),
            _ => None,
        },
        real_ip: match case.route {
            Route::Append | Route::Header | Route::Peer => Some(client.to_string()),
            _ => None,
        },
        forwarded_port: case.route.tells_client().then(|| {
            let ports = front.external_ports;
            let port = if is_https { ports.https } else { ports.http };
            port.to_string()
        }),
        strict_transport_security: (case.route == Route::Append && is_https).then_some(HSTS),
    })
}

/// Whether the connection and its host are taken at all.
fn is_accepted(case: &Case, front: &LoadBalancer) -> bool {
    let by_proxy = match (front.proxy_protocol, case.proxy) {
        (_, Proxy::Truncated) => false,
        (ProxyProtocol::Off, proxy) => proxy == Proxy::None,
        (ProxyProtocol::Optional, _) => true,
        (ProxyProtocol::Required, proxy) => proxy != Proxy::None,
    };
    by_proxy && !matches!(case.way, Way::OtherSni | Way::UnknownSni)
}

/// The nearest that is not ours, or the farthest of ours; nothing if a word on the way is no address.
fn strangers(chain: &[&str], is_ours: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut found = None;
    for word in chain.iter().rev() {
        let address = word.parse().ok()?;
        found = Some(address);
        if !is_ours(address) {
            return found;
        }
    }
    found
}

fn is_in(address: IpAddr, cidr: &str) -> bool {
    cidr.parse::<ipnet::IpNet>().expect("a network").contains(&address)
}
