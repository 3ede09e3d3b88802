//! What a route says of its clients: enforced by Envoy itself where that is exact, else by the policy filter.

use isoline_envoy_api::{
    Any, Struct,
    envoy::config::{
        core::v3::{HeaderValueOption, header_value_option::HeaderAppendAction},
        route::v3::Route as Message,
    },
};
use isoline_policy::{
    Access, Addresses, ClientIp, Forward, ForwardedFor, Insecure, Listener, LoadBalancer, RoutePolicy, Scheme, Trusted,
    certain_scheme,
    handover::{self, Property},
};

use super::{filter, ip_filter};
use crate::{
    api::shared::IpFilterSource,
    envoy::{format, guard::Guard, scheme},
    model::{Action, ClientPolicy, IpFilter, Route, VirtualHost},
};

/// Headers in which others than Envoy tell of the client's scheme or address. Whoever is told by a policy hears nothing else.
const SPOOFS: [&str; 7] = [
    "forwarded",
    "front-end-https",
    "x-forwarded-port",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-real-ip",
    "x-url-scheme",
];

/// Where Envoy by itself finds the address that a policy means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Native {
    /// At the other end of the TCP connection.
    Direct,
    /// Where its listeners look: in the PROXY header, and so many trusted hops away.
    Remote,
}

impl Native {
    pub(super) fn of(client_ip: &ClientIp, load_balancer: &LoadBalancer) -> Option<Self> {
        let Trusted { hops, cidrs } = &load_balancer.trusted;
        match client_ip {
            ClientIp::Peer => Some(Self::Direct),
            ClientIp::Auto => (*hops > 0 || cidrs.is_empty()).then_some(Self::Remote),
            ClientIp::ProxyProtocol => (*hops == 0).then_some(Self::Remote),
            ClientIp::ForwardedFor(trusted) => (*hops > 0 && trusted.hops == *hops).then_some(Self::Remote),
            ClientIp::Header { .. } => None,
        }
    }

    fn format(self) -> &'static str {
        match self {
            Self::Direct => "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%",
            Self::Remote => "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        }
    }
}

/// How it is enforced on one route of one listener.
pub(in crate::envoy) struct Clients<'r> {
    policy: &'r ClientPolicy,
    /// What the filter judges.
    filter: Option<RoutePolicy>,
    /// What Envoy's own filter judges; nothing if that is what the host says.
    rbac: Option<(String, Any)>,
    /// Where Envoy finds the client; otherwise the filter tells.
    native: Option<Native>,
    /// Nothing if only the filter knows.
    scheme: Option<Scheme>,
    guard: Guard,
}

impl<'r> Clients<'r> {
    pub(in crate::envoy) fn of(
        host: &VirtualHost,
        route: &'r Route,
        guard: Guard,
        listener: Listener,
        load_balancer: &LoadBalancer,
    ) -> Self {
        let policy = &route.clients;
        let client_ip = policy.client_ip.clone().unwrap_or_default();
        let native = Native::of(&client_ip, load_balancer);
        let lists = lists_of_route(host, route);
        let judges_natively = is_native(&lists, native);
        // The host's own configuration judges the address that `Auto` finds.
        let inherits = lists.is_empty()
            || route.ip_filter.is_none()
                && policy.access.is_none()
                && native == Native::of(&ClientIp::Auto, load_balancer);
        let rbac = if !judges_natively {
            host.ip_filter.is_some().then(ip_filter::left_to_the_filter)
        } else if inherits {
            None
        } else {
            Some(ip_filter::on(&lists, native.unwrap_or(Native::Direct)))
        };

        let scheme = match guard {
            Guard::Filter(_) => None,
            _ => certain_scheme(listener, load_balancer),
        };
        let forward = policy.told().filter(|_| guard.lets_pass());
        let tells = |forward| scheme.is_some() && tells_natively(forward, native, &client_ip, load_balancer);
        let forward = forward.filter(|forward| !tells(*forward));
        let hsts = policy.strict_transport_security.clone();
        let hsts = hsts.filter(|_| guard.lets_pass() && scheme.is_none());
        let by_filter = RoutePolicy {
            insecure: match guard {
                Guard::Filter(insecure) => insecure,
                _ => Insecure::Allow,
            },
            client_ip: policy
                .client_ip
                .clone()
                .filter(|_| native.is_none() || forward.is_some()),
            forward,
            access: if judges_natively { Vec::new() } else { lists },
            strict_transport_security: hsts,
        };
        let has_work = matches!(guard, Guard::Filter(_)) || by_filter != RoutePolicy::of(Insecure::Allow);
        Self {
            policy,
            filter: has_work.then_some(by_filter),
            rbac,
            native: native.filter(|_| forward.is_none()),
            scheme,
            guard,
        }
    }

    pub(super) fn metadata(&self) -> Option<(String, Struct)> {
        self.filter.as_ref().map(filter::metadata)
    }

    pub(super) fn rbac(&self) -> Option<(String, Any)> {
        self.rbac.clone()
    }

    /// What backends and clients are told in headers.
    pub(in crate::envoy) fn tell(&self, message: &mut Message, route: &Route, load_balancer: &LoadBalancer) {
        let add = &mut message.request_headers_to_add;
        if matches!(self.guard, Guard::Filter(_)) {
            add.push(told(scheme::HEADER, handover::SCHEME));
        }
        if !self.guard.lets_pass() {
            return;
        }
        if let Some(value) = &self.policy.strict_transport_security {
            let name = "strict-transport-security";
            message.response_headers_to_add.extend(match self.scheme {
                Some(Scheme::Https) => Some(overwrite(name, value)),
                Some(Scheme::Http) => None,
                None => Some(told(name, handover::STRICT_TRANSPORT_SECURITY)),
            });
        }
        let is_forwarded = matches!(route.action, Action::Forward(_));
        let Some(forward) = self.policy.told().filter(|_| is_forwarded) else {
            return;
        };
        let ports = load_balancer.external_ports;
        add.push(match self.scheme {
            Some(Scheme::Http) => overwrite("x-forwarded-port", &ports.http.to_string()),
            Some(Scheme::Https) => overwrite("x-forwarded-port", &ports.https.to_string()),
            None => told("x-forwarded-port", handover::PORT),
        });
        let remove = &mut message.request_headers_to_remove;
        remove.extend(SPOOFS.map(str::to_owned));
        let keeps =
            forward.x_forwarded_for == ForwardedFor::Append && self.native.is_some() && load_balancer.trusted.hops > 0;
        if !keeps {
            remove.push("x-forwarded-for".to_owned());
        }
        add.extend(match (forward.x_forwarded_for, self.native) {
            (ForwardedFor::Remove, _) => None,
            (_, None) => Some(told("x-forwarded-for", handover::FORWARDED_FOR)),
            (ForwardedFor::Append, Some(_)) if keeps => None,
            (ForwardedFor::Append, Some(_)) => Some(overwrite("x-forwarded-for", Native::Remote.format())),
            (ForwardedFor::Replace, Some(native)) => Some(overwrite("x-forwarded-for", native.format())),
        });
        if forward.x_real_ip {
            add.push(match self.native {
                Some(native) => overwrite("x-real-ip", native.format()),
                None => told("x-real-ip", handover::CLIENT),
            });
        }
        if let Some(ClientIp::Header { name, .. }) = &self.policy.client_ip {
            remove.push(name.clone());
            add.push(told(name, handover::CLIENT_HEADER));
        }
    }
}

/// What is judged by address on paths of a host that no route takes: by Envoy itself, or by the filter.
pub(super) fn of_host(host: &VirtualHost, load_balancer: &LoadBalancer) -> Option<(String, Any)> {
    let lists = lists_of_host(host);
    let native = Native::of(&ClientIp::Auto, load_balancer);
    let is_on = !lists.is_empty() && is_native(&lists, native);
    is_on.then(|| ip_filter::on(&lists, native.unwrap_or(Native::Direct)))
}

/// The same, where only the filter can judge.
pub(in crate::envoy) fn of_unknown_paths(host: &VirtualHost, load_balancer: &LoadBalancer) -> Option<RoutePolicy> {
    let access = lists_of_host(host);
    let is_on = !is_native(&access, Native::of(&ClientIp::Auto, load_balancer));
    is_on.then(|| RoutePolicy {
        access,
        ..RoutePolicy::of(Insecure::Allow)
    })
}

/// The route's list or the host's, and that of its policy: all of them must permit an address.
pub(crate) fn lists_of_route(host: &VirtualHost, route: &Route) -> Vec<Access> {
    let list = route.ip_filter.as_ref().or(host.ip_filter.as_ref()).map(access);
    list.into_iter().chain(route.clients.access.clone()).collect()
}

fn lists_of_host(host: &VirtualHost) -> Vec<Access> {
    host.ip_filter.iter().map(access).collect()
}

/// Whether Envoy can judge all lists, given where it finds the client.
fn is_native(lists: &[Access], native: Option<Native>) -> bool {
    native.is_some() || !lists.iter().any(asks_for_client)
}

/// Whether headers can say it without the filter. A trusted network's word may stay in `X-Forwarded-For` while others'
/// may not, and Envoy cannot tell these apart.
fn tells_natively(
    forward: Forward,
    native: Option<Native>,
    client_ip: &ClientIp,
    load_balancer: &LoadBalancer,
) -> bool {
    let trusted = match client_ip {
        ClientIp::ForwardedFor(trusted) => trusted,
        _ => &load_balancer.trusted,
    };
    let same = trusted.hops == load_balancer.trusted.hops;
    let appends = forward.x_forwarded_for == ForwardedFor::Append;
    native.is_some() && (!appends || same && (trusted.hops > 0 || trusted.cidrs.is_empty()))
}

/// A list of an HTTPProxy; one that allows nobody denies everybody.
pub(crate) fn access(filter: &IpFilter) -> Access {
    let rules = filter.rules.iter().map(|rule| match rule.source {
        IpFilterSource::Peer => Addresses::Peer(rule.network),
        IpFilterSource::Remote => Addresses::Client(rule.network),
    });
    let rules: Vec<_> = rules.collect();
    match filter.allow {
        true if rules.is_empty() => Access {
            deny: ip_filter::everybody().map(Addresses::Peer).into(),
            allow: Vec::new(),
        },
        true => Access {
            deny: Vec::new(),
            allow: rules,
        },
        false => Access {
            deny: rules,
            allow: Vec::new(),
        },
    }
}

fn asks_for_client(list: &Access) -> bool {
    let mut rules = list.deny.iter().chain(&list.allow);
    rules.any(|rule| matches!(rule, Addresses::Client(_)))
}

fn overwrite(header: &str, format: &str) -> HeaderValueOption {
    format::set(header, format, HeaderAppendAction::OverwriteIfExistsOrAdd)
}

/// What the filter tells. It cannot write the header: Envoy would select the route again, and nobody would judge that one.
fn told(header: &str, property: Property) -> HeaderValueOption {
    overwrite(header, &format!("%FILTER_STATE({}:PLAIN)%", property.state()))
}
