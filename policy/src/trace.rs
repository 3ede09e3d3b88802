//! What a decision was made from, step by step, for those who ask.

use std::{fmt, net::IpAddr};

use ipnet::IpNet;

use crate::{
    client::{Client, ClientSource},
    connection::Header,
    route_policy::{Insecure, RedirectStatus},
    scheme::Scheme,
};

/// One step of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The scheme was found.
    Scheme(Scheme, SchemeSource),
    /// The client's address was found.
    Client(Client),
    /// A header of a trusted proxy says nothing that can be used.
    Malformed(Header<'a>),
    /// The address is in a network that is denied.
    Denied(IpAddr, IpNet),
    /// The address is in none of the networks that are allowed, or is not known.
    NotAllowed(Option<IpAddr>),
    /// Nobody denies the address.
    Permitted,
    /// What becomes of cleartext.
    Insecure(Insecure),
    /// Nothing safe to redirect to can be made of `Host` and path.
    NoLocation,
}

/// What told the scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemeSource {
    /// The listener that took the connection.
    Listener,
    /// The destination port in the PROXY header.
    ProxyPort(u16),
    /// The SSL TLV in the PROXY header.
    ProxyTls,
    /// `X-Forwarded-Proto` of a trusted proxy.
    ForwardedProto,
}

/// Somebody who wants to know how a decision comes about; `()` does not, and costs nothing.
pub trait Trace {
    /// Is told each step in turn.
    fn step(&mut self, step: Step<'_>);
}

impl Trace for () {
    fn step(&mut self, _: Step<'_>) {}
}

/// One line for each step.
impl Trace for Vec<String> {
    fn step(&mut self, step: Step<'_>) {
        self.push(step.to_string());
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(scheme, source) => write!(f, "scheme: {}, by {source}", scheme.as_str()),
            Self::Client(Client {
                address: Some(address),
                source,
            }) => write!(f, "client address: {address}, by {source}"),
            Self::Client(Client { address: None, .. }) => f.write_str("client address: not known"),
            Self::Malformed(header) => write!(f, "{header} of a trusted proxy cannot be used"),
            Self::Denied(address, network) => write!(f, "access: {address} is denied by {network}"),
            Self::NotAllowed(Some(address)) => write!(f, "access: {address} is in no allowed network"),
            Self::NotAllowed(None) => f.write_str("access: an address that is not known is not allowed"),
            Self::Permitted => f.write_str("access: permitted"),
            Self::Insecure(Insecure::Allow) => f.write_str("insecure: allowed"),
            Self::Insecure(Insecure::Deny) => f.write_str("insecure: denied"),
            Self::Insecure(Insecure::Redirect { status_code }) => {
                write!(f, "insecure: redirected with {}", status(*status_code))
            }
            Self::NoLocation => f.write_str("insecure: denied, since Host or path cannot be part of a redirect"),
        }
    }
}

fn status(status: RedirectStatus) -> u16 {
    status.into()
}

impl fmt::Display for SchemeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listener => f.write_str("the listener"),
            Self::ProxyPort(port) => write!(f, "destination port {port} in the PROXY header"),
            Self::ProxyTls => f.write_str("the SSL TLV in the PROXY header"),
            Self::ForwardedProto => f.write_str("X-Forwarded-Proto of a trusted proxy"),
        }
    }
}

impl fmt::Display for ClientSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Peer => "the peer of the connection",
            Self::ProxyProtocol => "the PROXY header",
            Self::ForwardedFor => "X-Forwarded-For of a trusted proxy",
            Self::Header => "a header of a trusted proxy",
        })
    }
}
