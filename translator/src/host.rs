//! One host: what its root HTTPProxy says, and what Ingresses add.

use std::collections::BTreeMap;

use crate::{
    ingress::{self, Claims},
    inputs::Reader,
    model::{Cleartext, Route, Secure, VirtualHost},
    object::{Kind, ObjectRef},
    proxy, route_policy,
    status::{Findings, Part},
};

/// What one host comes to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Nothing if nothing of it can be served.
    pub(crate) host: Option<VirtualHost>,
    /// What was found on every object that was reached.
    pub(crate) findings: BTreeMap<ObjectRef, Findings>,
}

/// Translates everything that claims a host.
pub(crate) fn translate(fqdn: &str, reader: &Reader<'_>) -> Outcome {
    let mut outcome = merge(fqdn, of_roots(fqdn, reader), ingress::translate(fqdn, reader));
    if let Some(host) = &mut outcome.host {
        route_policy::govern(host, &mut outcome.findings);
        if reader.front().ends_tls_before_http() {
            warn_of_loop(host, &mut outcome.findings);
        }
    }
    outcome
}

/// A host with a `tls` block redirects whatever comes to the listener `http`: what a load balancer has decrypted as well.
fn warn_of_loop(host: &VirtualHost, findings: &mut BTreeMap<ObjectRef, Findings>) {
    let mut upgraded = host.routes.iter().filter(|route| route.cleartext == Cleartext::Upgrade);
    let Some(first) = upgraded.next() else { return };
    let root = host.origin.iter().find(|origin| origin.kind == Kind::HttpProxy);
    let message = "the load balancer ends TLS and sends it to the listener http, where routes of a host with a tls block \
                   redirect to https: clients are redirected for ever. Either leave out tls and let a RoutePolicy say what \
                   becomes of cleartext (spec.insecure), or send decrypted connections to the listener tls-offload";
    let of_author = findings.entry(root.unwrap_or(&first.origin).clone()).or_default();
    of_author.warning(Part::VirtualHost, "RedirectLoop", message.to_owned());
}

fn of_roots(fqdn: &str, reader: &Reader<'_>) -> Outcome {
    let roots: Vec<_> = reader.roots_of(fqdn).iter().collect();
    match roots.as_slice() {
        [] => Outcome::default(),
        [root] => proxy::translate(root, fqdn, reader),
        rivals => {
            let names: Vec<_> = rivals.iter().map(ToString::to_string).collect();
            let message = format!("fqdn \"{fqdn}\" is used in multiple HTTPProxies: {}", names.join(", "));
            let mut findings = Findings::default();
            findings.error(Part::VirtualHost, "DuplicateVhost", message);
            let of_rival = |rival| (Kind::HttpProxy.object(rival), findings.clone());
            Outcome {
                host: None,
                findings: rivals.iter().copied().map(of_rival).collect(),
            }
        }
    }
}

/// The proxy counts more, route by route, and its TLS as a whole. What it says of the host holds for all routes.
fn merge(fqdn: &str, Outcome { host, mut findings }: Outcome, claims: Claims) -> Outcome {
    findings.extend(claims.findings);
    if claims.routes.is_empty() {
        return Outcome { host, findings };
    }
    let mut host = host.unwrap_or_else(|| VirtualHost::new(fqdn.to_owned(), Vec::new()));
    let mut routes = claims.routes;
    match (&host.secure, claims.tls) {
        (None, Some(tls)) => {
            host.routes.iter_mut().for_each(|route| route.over_tls = false);
            host.secure = Some(Secure::Routes(tls));
        }
        (Some(Secure::Routes(_)), Some(_)) => {}
        (Some(_), _) | (None, None) => routes.iter_mut().for_each(|route| route.over_tls = false),
    }
    // Where an Ingress would be asked for by the operator's service, the host's own is the one to ask.
    if let Some(authorization) = &host.authorization {
        for route in &mut routes {
            route.authorization = Some(authorization.clone());
        }
    }
    host.routes.append(&mut routes);
    host.routes = without_rivals(fqdn, host.routes, &mut findings);
    Outcome {
        host: Some(host),
        findings,
    }
}

/// Sorts routes from the most specific to the least. Of those that match the same requests, the first one has them in
/// every way that it serves, and a later one only what is left.
fn without_rivals(fqdn: &str, mut routes: Vec<Route>, findings: &mut BTreeMap<ObjectRef, Findings>) -> Vec<Route> {
    routes.sort_by(|a, b| a.matches.cmp_specificity(&b.matches));
    let mut kept: Vec<Route> = Vec::new();
    for mut route in routes {
        let rivals = kept.iter().rev().take_while(|rival| rival.matches == route.matches);
        let mut winner = None;
        for rival in rivals {
            let loses_tls = route.over_tls && rival.over_tls;
            let loses_cleartext = route.cleartext != Cleartext::Hide && rival.cleartext != Cleartext::Hide;
            route.over_tls &= !loses_tls;
            if loses_cleartext {
                route.cleartext = Cleartext::Hide;
            }
            if loses_tls || loses_cleartext {
                winner = Some(rival.origin.clone());
            }
        }
        match winner {
            None => kept.push(route),
            Some(winner) => {
                if winner != route.origin {
                    let path = route.matches.path.text();
                    let message = format!("\"{path}\" of host \"{fqdn}\" is served as {winner} says");
                    let of_loser = findings.entry(route.origin.clone()).or_default();
                    of_loser.look_at(&route.field);
                    of_loser.warning(Part::Route, "Conflicted", message);
                }
                if route.over_tls || route.cleartext != Cleartext::Hide {
                    kept.push(route);
                }
            }
        }
    }
    // A listener behind which a load balancer ended TLS has all of them: there the one that is served in any case counts.
    kept.sort_by(|a, b| {
        let hides = |route: &Route| route.cleartext == Cleartext::Hide;
        a.matches.cmp_specificity(&b.matches).then(hides(a).cmp(&hides(b)))
    });
    kept
}
