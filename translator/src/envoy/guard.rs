//! What stands before a route on a listener: nothing, an answer of Envoy's own, or the policy filter.
//!
//! Envoy's own answer is used where it is exactly the filter's for every request; the filter runs only where the
//! decision needs what a listener alone does not know.

use isoline_policy::{
    ExternalPorts, Insecure, Listener, LoadBalancer, RedirectStatus, Scheme, believes_header, certain_scheme,
};

use crate::model::{Action, Cleartext, Route, VirtualHost};

/// The protection of one route on one listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Every request may pass.
    Open,
    /// Contour's redirect for hosts with a `tls` block: the client's host and port stay.
    UpgradeScheme,
    /// A redirect to an exact host.
    Redirect {
        status: RedirectStatus,
        ports: ExternalPorts,
    },
    /// Every request is denied.
    Deny,
    /// The route is not there.
    Hide,
    /// The filter decides.
    Filter(Insecure),
}

impl Guard {
    /// Whether some request gets to the route's own action.
    pub(crate) fn lets_pass(self) -> bool {
        matches!(self, Self::Open | Self::Filter(_))
    }
}

/// The routes that are there on a listener, in their order, each with its protection.
pub(crate) fn guarded<'h>(
    host: &'h VirtualHost,
    listener: Listener,
    load_balancer: &LoadBalancer,
) -> impl Iterator<Item = (&'h Route, Guard)> {
    let routes = host.routes.iter();
    let routes = routes.map(move |route| (route, guard(host, route, listener, load_balancer)));
    routes.filter(|(_, guard)| *guard != Guard::Hide)
}

/// Where Envoy does not end TLS, no client shows a certificate: a host that demands one is there only on routes whose
/// authors permit cleartext.
fn guard(host: &VirtualHost, route: &Route, listener: Listener, load_balancer: &LoadBalancer) -> Guard {
    let guard = by_scheme(host, route, listener, load_balancer);
    let lacks_certificate =
        listener != Listener::Https && route.cleartext != Cleartext::Serve && host.demands_client_certificate();
    if guard.lets_pass() && lacks_certificate {
        Guard::Deny
    } else {
        guard
    }
}

fn by_scheme(host: &VirtualHost, route: &Route, listener: Listener, load_balancer: &LoadBalancer) -> Guard {
    if listener == Listener::Https && !route.over_tls {
        return Guard::Hide;
    }
    let insecure = match route.cleartext {
        Cleartext::Serve => Insecure::Allow,
        Cleartext::Hide if listener == Listener::Http => return Guard::Hide,
        Cleartext::Hide => Insecure::Deny,
        Cleartext::Policy(insecure) => insecure,
        Cleartext::Upgrade if listener == Listener::Http => return Guard::UpgradeScheme,
        Cleartext::Upgrade => Insecure::Redirect {
            status_code: RedirectStatus::default(),
        },
    };
    let exact_host = !host.fqdn.starts_with('*');
    match (insecure, certain_scheme(listener, load_balancer)) {
        (Insecure::Allow, None) if is_told_by_filter(route, listener, load_balancer) => Guard::Filter(insecure),
        (Insecure::Allow, _) | (_, Some(Scheme::Https)) => Guard::Open,
        (Insecure::Deny, Some(Scheme::Http)) => Guard::Deny,
        (Insecure::Redirect { status_code }, Some(Scheme::Http)) if exact_host => Guard::Redirect {
            status: status_code,
            ports: load_balancer.external_ports,
        },
        (insecure, _) => Guard::Filter(insecure),
    }
}

/// Where some peers are believed and others are not, Envoy by itself believes none of them: only the filter can tell
/// the backend what the client used.
fn is_told_by_filter(route: &Route, listener: Listener, load_balancer: &LoadBalancer) -> bool {
    let is_forwarded = matches!(route.action, Action::Forward(_));
    is_forwarded && load_balancer.trusted.hops == 0 && believes_header(listener, load_balancer)
}
