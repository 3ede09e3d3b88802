//! Puts policies in force on the routes of a host.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{Action, Cleartext, Governor, PathMatch, RedirectPath, Route, RouteMatch, Share, VirtualHost},
    object::{Kind, ObjectRef},
    status::{Findings, Part},
};

/// As many routes as policies may add to one host.
const MAX_ADDED: usize = 4096;

/// Puts all policies of a host in force. A route that lies in the scope of a policy in part only is split: what lies in it
/// comes right before the rest, so that every request is still answered by the route that answered it before.
pub(crate) fn govern(host: &mut VirtualHost, findings: &mut BTreeMap<ObjectRef, Findings>) {
    if host.routes.iter().all(|route| route.governors.is_empty()) {
        return;
    }
    let mut governed = Governed::default();
    for route in std::mem::take(&mut host.routes) {
        governed.add(route, findings);
    }
    host.routes = governed.routes;
    for policy in governed.in_force {
        findings.entry(policy.clone()).or_default();
        host.origin.push(policy);
    }
}

#[derive(Default)]
struct Governed {
    routes: Vec<Route>,
    /// What is taken at which entrances: a later route with the same match gets no request there.
    taken: BTreeSet<(RouteMatch, bool, bool)>,
    added: usize,
    in_force: BTreeSet<ObjectRef>,
}

impl Governed {
    fn add(&mut self, mut route: Route, findings: &mut BTreeMap<ObjectRef, Findings>) {
        let mut whole = None;
        let mut parts = Vec::new();
        for governor in std::mem::take(&mut route.governors) {
            match governor.scope.share_of(&route.matches) {
                Share::All => {
                    whole = Some(governor);
                    break;
                }
                Share::Some(matches) if self.is_free(&route, &matches) => parts.push((matches, governor)),
                Share::Nothing | Share::Some(_) => {}
            }
        }
        if self.added + parts.len() > MAX_ADDED {
            let findings = findings.entry(route.origin.clone()).or_default();
            refuse(&mut route, findings);
            return self.put(route, None);
        }
        for (matches, governor) in parts {
            if self.is_free(&route, &matches) {
                self.added += 1;
                self.put(narrowed(&route, matches), Some(&governor));
            }
        }
        self.put(route, whole.as_deref());
    }

    fn is_free(&self, route: &Route, matches: &RouteMatch) -> bool {
        !self.taken.contains(&place(route, matches.clone()))
    }

    fn put(&mut self, mut route: Route, governor: Option<&Governor>) {
        if let Some(governor) = governor {
            enforce(&mut route, governor);
            route.policy = Some(governor.policy.clone());
            self.in_force.insert(Kind::RoutePolicy.object(&governor.policy));
        }
        self.taken.insert(place(&route, route.matches.clone()));
        self.routes.push(route);
    }
}

/// What a route takes, and at which entrances.
fn place(route: &Route, matches: RouteMatch) -> (RouteMatch, bool, bool) {
    (matches, route.over_tls, route.cleartext == Cleartext::Hide)
}

fn refuse(route: &mut Route, findings: &mut Findings) {
    route.action = Action::respond(503);
    let message = format!(
        "the RoutePolicies of this host come to more than {MAX_ADDED} routes beside its own: {} answers 503 until some have fewer conditions",
        route.matches.path.text()
    );
    findings.look_at(&route.field);
    findings.error(Part::Route, "PolicyLimitExceeded", message);
}

/// What an Ingress hides from cleartext stays hidden.
fn enforce(route: &mut Route, governor: &Governor) {
    let Some(terms) = &governor.terms else {
        route.action = Action::respond(503);
        return;
    };
    if let Some(insecure) = terms.insecure
        && route.cleartext != Cleartext::Hide
    {
        route.cleartext = Cleartext::Policy(insecure);
    }
    route.clients = terms.clients.clone();
}

/// A route for just some of its requests. What replaces its prefix keeps the rest of the longer one.
fn narrowed(route: &Route, matches: RouteMatch) -> Route {
    let mut narrowed = Route {
        matches,
        ..route.clone()
    };
    if let PathMatch::Prefix(prefix) = &narrowed.matches.path {
        let rest = prefix.get(route.matches.path.text().len()..).unwrap_or_default();
        if let Some(replacement) = replacement(&mut narrowed.action) {
            replacement.push_str(rest);
        }
    }
    narrowed
}

/// An empty one replaces nothing.
fn replacement(action: &mut Action) -> Option<&mut String> {
    let replacement = match action {
        Action::Forward(forward) => forward.prefix_rewrite.as_mut(),
        Action::Redirect(redirect) => match &mut redirect.path {
            RedirectPath::ReplacePrefix(prefix) => Some(prefix),
            RedirectPath::Keep | RedirectPath::Replace(_) => None,
        },
        Action::Respond { .. } => None,
    };
    replacement.filter(|replacement| !replacement.is_empty())
}
