//! Which host a request reaches: first by the connection's TLS, then by the request's Host.

use isoline_policy::{Listener, ProxyProtocol};

use super::request::Arrival;
use crate::{
    envoy::{self, Chain, Entrance, guarded},
    host,
    inputs::{Inputs, Reader},
    model::{TcpProxy, VirtualHost},
};

/// Where a request ends up.
pub(super) enum Place {
    /// Nobody takes the connection.
    Closed(String),
    /// The connection goes on as it is.
    Tcp(TcpProxy),
    /// No host takes it.
    Nobody {
        status: u32,
        reason: String,
    },
    Host(Box<VirtualHost>),
}

/// The hosts as they are.
pub(super) struct Hosts<'i> {
    pub(super) inputs: &'i Inputs,
    /// Whether connections without a name that is known are taken.
    pub(super) has_fallback: bool,
}

impl Hosts<'_> {
    pub(super) fn place(&self, arrival: &Arrival) -> Place {
        let settings = self.inputs.settings();
        if arrival.connection.proxy.is_some() && settings.load_balancer.proxy_protocol == ProxyProtocol::Off {
            return Place::Closed("no PROXY header is taken: loadBalancer.proxyProtocol is Off".to_owned());
        }
        let entrance = match arrival.connection.listener {
            Listener::Http => Entrance::Http,
            Listener::TlsOffload if settings.listeners.tls_offload.enabled => Entrance::TlsOffload,
            Listener::TlsOffload => {
                return Place::Closed("listener tls-offload is off: listeners.tlsOffload.enabled opens it".to_owned());
            }
            Listener::Https => match self.chain(&arrival.server_name) {
                Ok(Chain::Tcp { proxy, .. }) => return Place::Tcp(proxy),
                Ok(chain) => chain.entrance(settings).unwrap_or(Entrance::Https),
                Err(reason) => return Place::Closed(reason),
            },
        };
        self.host(arrival, &entrance)
    }

    /// The filter chain that takes a connection: that of the host itself, of the wildcard nearest to it, of everybody.
    fn chain(&self, server_name: &str) -> Result<Chain, String> {
        let settings = self.inputs.settings();
        let own = |host: &VirtualHost| Chain::of(host, settings).into_iter().find(|chain| !chain.is_fallback());
        let named = wildcards(server_name).find_map(|name| own(&self.translate(&name)?));
        let fallback = settings.tls.fallback_certificate.clone().filter(|_| self.has_fallback);
        let chain = named.or(fallback.map(|certificate| Chain::Fallback { certificate }));
        chain.ok_or_else(|| match server_name {
            "" => "the client's TLS names no host, and no certificate is for everybody".to_owned(),
            name => format!("no host that is served over TLS has the name {name}"),
        })
    }

    fn host(&self, arrival: &Arrival, entrance: &Entrance) -> Place {
        let settings = self.inputs.settings();
        let name = host_name(&arrival.authority, settings.http.strip_trailing_host_dot);
        if entrance.compares_sni() && name != arrival.server_name {
            let reason = format!(
                "Host {name} is not the name {:?} of the client's TLS",
                arrival.server_name
            );
            return Place::Nobody { status: 421, reason };
        }
        let under = name.find('.').map(|dot| format!("*{}", &name[dot..]));
        let candidates = [Some(name.clone()), under, Some("*".to_owned())];
        let is_there = |host: &VirtualHost| {
            let mut routes = guarded(host, arrival.connection.listener, &settings.load_balancer);
            envoy::entrances(host, settings).contains(entrance) && routes.next().is_some()
        };
        let mut hosts = candidates
            .into_iter()
            .flatten()
            .filter_map(|name| self.translate(&name));
        match hosts.find(is_there) {
            Some(host) => Place::Host(Box::new(host)),
            None => Place::Nobody {
                status: 404,
                reason: format!("no host {name} is served on this listener"),
            },
        }
    }

    fn translate(&self, fqdn: &str) -> Option<VirtualHost> {
        let is_claimed = self.inputs.is_claimed(fqdn);
        is_claimed
            .then(|| host::translate(fqdn, &Reader::new(self.inputs)).host)
            .flatten()
    }
}

/// As scopes are named.
fn host_name(authority: &str, strips_dot: bool) -> String {
    let name = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
    match name.strip_suffix('.') {
        Some(name) if strips_dot => name.to_owned(),
        _ => name,
    }
}

/// The name, all wildcards that it is under, and everybody.
fn wildcards(name: &str) -> impl Iterator<Item = String> {
    let dots = name.match_indices('.').map(|(dot, _)| format!("*{}", &name[dot..]));
    let exact = Some(name.to_owned()).filter(|name| !name.is_empty());
    exact.into_iter().chain(dots).chain(["*".to_owned()])
}
