//! What a route does with a request that gets to it.

use isoline_policy::{
    Connection, Judgement, Listener, ProxyHeader, RoutePolicy, Scheme, certain_scheme, forwarded_for,
};
use serde::Serialize;

use super::{Answer, matching::matched_length, path, request::Arrival};
use crate::{
    model::{Action, Destination, Forward, HostRewrite, Redirect, RedirectPath, Route},
    settings::Settings,
};

/// A request that goes on, as backends see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forwarding {
    /// Where to.
    pub upstreams: Vec<Upstream>,
    /// Where a copy goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<String>,
    /// Host, unless the upstream has one of its own.
    pub host: String,
    /// Path and query.
    pub path: String,
    /// Headers that are set for all upstreams, in alphabetical order.
    pub set_request_headers: Vec<(String, String)>,
    /// Headers that are removed.
    pub remove_request_headers: Vec<String>,
    /// Headers of the answer that are set.
    pub set_response_headers: Vec<(String, String)>,
    /// Headers of the answer that are removed.
    pub remove_response_headers: Vec<String>,
}

/// A Service that requests go to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Upstream {
    /// `namespace/name/port`.
    pub service: String,
    /// Its share of `of`.
    pub weight: u32,
    /// All shares.
    pub of: u32,
    /// Its own Host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Headers that are set for it alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set_request_headers: Vec<(String, String)>,
}

/// A request that may pass.
pub(super) struct Judged<'r> {
    pub(super) judgement: Judgement,
    pub(super) policy: &'r RoutePolicy,
    pub(super) arrival: &'r Arrival,
    pub(super) settings: &'r Settings,
}

pub(super) fn answer(route: &Route, judged: &Judged<'_>) -> Answer {
    match &route.action {
        Action::Respond { status, .. } => Answer::Respond {
            status: *status,
            reason: String::new(),
        },
        Action::Redirect(redirect) => Answer::Redirect {
            status: redirect.status,
            location: location(route, redirect, judged),
        },
        Action::Forward(forward) => Answer::Forward(Box::new(forwarding(route, forward, judged))),
    }
}

pub(super) fn upstreams(destinations: &[Destination]) -> Vec<Upstream> {
    let of = destinations.iter().map(|it| it.weight).sum();
    let upstream = |it: &Destination| Upstream {
        service: it.cluster.service(),
        weight: it.weight,
        of,
        host: it.host_rewrite.clone(),
        set_request_headers: plain(&it.request_headers.set),
    };
    destinations.iter().map(upstream).collect()
}

fn forwarding(route: &Route, forward: &Forward, judged: &Judged<'_>) -> Forwarding {
    let arrival = judged.arrival;
    let mut set = plain(&forward.request_headers.set);
    set.extend(judged.told());
    set.sort_unstable();
    let mut set_response_headers = plain(&forward.response_headers.set);
    let strict = judged.policy.strict_transport_security.clone();
    let strict = strict.filter(|_| judged.judgement.scheme == Scheme::Https);
    set_response_headers.extend(strict.map(|value| ("strict-transport-security".to_owned(), value)));
    Forwarding {
        upstreams: upstreams(&forward.destinations),
        mirror: forward.mirror.as_ref().map(|mirror| mirror.cluster.service()),
        host: match &forward.host_rewrite {
            None => arrival.authority.clone(),
            Some(HostRewrite::Literal(host)) => host.clone(),
            Some(HostRewrite::Header(name)) => {
                let value = arrival.value(&name.to_ascii_lowercase());
                value.map_or_else(|| arrival.authority.clone(), Into::into)
            }
            Some(HostRewrite::Format(format)) => format.clone(),
        },
        path: match &forward.prefix_rewrite {
            Some(prefix) if !prefix.is_empty() => replaced(route, prefix, &arrival.path),
            _ => arrival.path.clone(),
        },
        set_request_headers: set,
        remove_request_headers: forward.request_headers.remove.clone(),
        set_response_headers,
        remove_response_headers: forward.response_headers.remove.clone(),
    }
}

impl Judged<'_> {
    fn scheme_in_envoy(&self) -> Scheme {
        let front = &self.settings.load_balancer;
        let Connection { listener, proxy, .. } = &self.arrival.connection;
        let by_port = |proxy: &ProxyHeader| front.tls_ports.contains(&proxy.destination_port);
        if front.trusted.hops > 0 || certain_scheme(*listener, front).is_some() {
            self.judgement.scheme
        } else if *listener == Listener::Https || proxy.as_ref().is_some_and(by_port) {
            Scheme::Https
        } else {
            Scheme::Http
        }
    }

    /// What backends are told of the client.
    fn told(&self) -> Vec<(String, String)> {
        let front = &self.settings.load_balancer;
        let Judgement { scheme, client, .. } = &self.judgement;
        let mut told = vec![("x-forwarded-proto", scheme.as_str().to_owned())];
        if let (Some(client), Some(forward)) = (client, self.policy.forward) {
            let ports = front.external_ports;
            let port = if *scheme == Scheme::Https {
                ports.https
            } else {
                ports.http
            };
            told.push(("x-forwarded-port", port.to_string()));
            let chain = forwarded_for(&self.arrival.connection, self.arrival, client, self.policy, front);
            told.extend(chain.map(|chain| ("x-forwarded-for", chain)));
            let address = client.address.filter(|_| forward.x_real_ip);
            told.extend(address.map(|address| ("x-real-ip", address.to_string())));
        }
        told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A redirect that the route's author asks for, under the scheme that Envoy takes the request for: what only the filter
/// knows does not count here.
fn location(route: &Route, redirect: &Redirect, judged: &Judged<'_>) -> String {
    let arrival = judged.arrival;
    let own_scheme = judged.scheme_in_envoy().as_str();
    let scheme = redirect.scheme.as_deref().unwrap_or(own_scheme);
    let authority = &arrival.authority;
    let default_port = if own_scheme == "https" { ":443" } else { ":80" };
    let host = match &redirect.host {
        Some(host) => host.as_str(),
        None if redirect.port.is_some() => authority.rsplit_once(':').map_or(authority.as_str(), |(host, _)| host),
        None if scheme == own_scheme => authority,
        None => authority.strip_suffix(default_port).unwrap_or(authority),
    };
    let port = redirect.port.map_or(String::new(), |port| format!(":{port}"));
    let (_, query) = path::split(&arrival.path);
    let path = match &redirect.path {
        RedirectPath::Keep => arrival.path.clone(),
        RedirectPath::Replace(path) if path.contains('?') => path.clone(),
        RedirectPath::Replace(path) => format!("{path}{query}"),
        RedirectPath::ReplacePrefix(prefix) => replaced(route, prefix, &arrival.path),
    };
    format!("{scheme}://{host}{port}{path}")
}

/// With something else in place of what the route matches of the path.
fn replaced(route: &Route, replacement: &str, path_and_query: &str) -> String {
    let (path, query) = path::split(path_and_query);
    let rest = &path[matched_length(&route.matches.path, path)..];
    format!("{replacement}{rest}{query}")
}

/// As they are without Envoy's way to write them.
fn plain(headers: &[(String, String)]) -> Vec<(String, String)> {
    let plain = |(name, value): &(String, String)| (name.clone(), value.replace("%%", "%"));
    headers.iter().map(plain).collect()
}
