//! The routes of a root: its includes first, then its own.

use super::{Visits, conditions, cycle, services, target};
use crate::{
    api::{
        httpproxy::{self, Include},
        shared::MatchCondition,
    },
    model::{self, Action, Cleartext, Forward, RateLimits, RouteMatch},
    object::{HttpProxy, Kind, NamespacedName, RoutePolicy},
    status::{Findings, Part},
};

/// What the proxies from the root down to here have said.
#[derive(Clone, Copy)]
struct Path<'p> {
    /// From the root to the one that includes this.
    visited: &'p [&'p NamespacedName],
    conditions: &'p [&'p MatchCondition],
    /// The nearest policy above.
    policy: Option<&'p RoutePolicy>,
    /// Whether the root has a `tls` block: its cleartext routes then redirect unless they say otherwise.
    has_tls: bool,
}

impl Visits<'_> {
    /// The most specific route first; of two that match the same, the later one stays.
    pub(super) fn routes_of_root(
        &mut self,
        root: &HttpProxy,
        has_tls: bool,
        findings: &mut Findings,
    ) -> Vec<model::Route> {
        let path = Path {
            visited: &[],
            conditions: &[],
            policy: None,
            has_tls,
        };
        let mut routes = self.routes(root, path, findings);
        routes.reverse();
        routes.sort_by(|a, b| a.matches.cmp_specificity(&b.matches));
        routes.dedup_by(|later, earlier| later.matches == earlier.matches);
        routes
    }

    fn routes(&mut self, proxy: &HttpProxy, path: Path<'_>, findings: &mut Findings) -> Vec<model::Route> {
        if path.visited.contains(&&proxy.name) {
            let message = format!("include creates an include cycle: {}", cycle(path.visited, &proxy.name));
            findings.error(Part::Include, "IncludeCreatesCycle", message);
            return Vec::new();
        }
        let visited = [path.visited, &[&proxy.name]].concat();
        let path = Path {
            visited: &visited,
            policy: self.reader.policy_of(&proxy.name).or(path.policy),
            ..path
        };

        let mut routes = Vec::new();
        let mut seen = Vec::new();
        for include in &proxy.spec.includes {
            routes.extend(self.include(proxy, include, path, &mut seen, findings));
        }
        for route in &proxy.spec.routes {
            match self.route(proxy, route, path, findings) {
                Some(route) => routes.push(route),
                // One wrong route takes all routes of its proxy along, those of its includes as well.
                None => return Vec::new(),
            }
        }
        routes
    }

    fn include(
        &mut self,
        proxy: &HttpProxy,
        include: &Include,
        path: Path<'_>,
        seen: &mut Vec<RouteMatch>,
        findings: &mut Findings,
    ) -> Vec<model::Route> {
        let own: Vec<_> = include.conditions.iter().collect();
        if let Err(problem) = conditions::check_include_paths(&include.conditions) {
            findings.error(
                Part::Include,
                "PathMatchConditionsNotValid",
                format!("include: {problem}"),
            );
            return Vec::new();
        }
        if let Err(problem) = conditions::check_headers(&include.conditions) {
            findings.error(Part::Route, "HeaderMatchConditionsNotValid", problem);
            return Vec::new();
        }
        let matches = conditions::merge(&own);
        if matches != RouteMatch::everything() {
            if seen.contains(&matches) {
                let message = "duplicate conditions defined on an include";
                findings.error(Part::Include, "DuplicateMatchConditions", message);
                return Vec::new();
            }
            seen.push(matches.clone());
        }

        let name = target(proxy, &include.namespace, &include.name);
        let included = match self.reader.proxy(&name) {
            Some(included) if included.spec.virtualhost.is_none() => included,
            found => {
                let (reason, message) = match found {
                    None => ("IncludeNotFound", format!("include {name} not found")),
                    Some(_) => (
                        "RootIncludesRoot",
                        format!("root httpproxy cannot include another root httpproxy ({name})"),
                    ),
                };
                findings.error(Part::Include, reason, message);
                let answers = !include.conditions.is_empty();
                return answers
                    .then(|| new_route(proxy, matches, Action::respond(502), false, path))
                    .into_iter()
                    .collect();
            }
        };
        let conditions = [path.conditions, &own].concat();
        let mut included_findings = Findings::default();
        let routes = self.routes(
            included,
            Path {
                conditions: &conditions,
                ..path
            },
            &mut included_findings,
        );
        self.commit(&name, included_findings);
        routes
    }

    fn route(
        &self,
        proxy: &HttpProxy,
        route: &httpproxy::Route,
        path: Path<'_>,
        findings: &mut Findings,
    ) -> Option<model::Route> {
        if route.services.is_empty() {
            let message =
                "must set exactly one of route.services or route.requestRedirectPolicy or route.directResponsePolicy";
            findings.error(Part::Route, "RouteActionCountNotValid", message);
            return None;
        }
        let conditions: Vec<_> = path.conditions.iter().copied().chain(&route.conditions).collect();
        if let Err(problem) = conditions::check_paths(&route.conditions) {
            findings.error(Part::Route, "PathMatchConditionsNotValid", format!("route: {problem}"));
            return None;
        }
        if let Err(problem) = conditions::check_headers(conditions.iter().copied()) {
            findings.error(Part::Route, "HeaderMatchConditionsNotValid", problem);
            return None;
        }
        let mut destinations = Vec::new();
        for service in &route.services {
            match services::resolve(self.reader, &proxy.name.namespace, service) {
                Ok(destination) => destinations.push(destination),
                Err(problem) => {
                    let message = format!("Spec.Routes unresolved service reference: {problem}");
                    findings.error(Part::Service, "ServiceUnresolvedReference", message);
                }
            }
        }
        let action = if destinations.is_empty() {
            Action::respond(503)
        } else {
            Action::Forward(Box::new(Forward {
                destinations: services::share(destinations),
                ..Forward::default()
            }))
        };
        Some(new_route(
            proxy,
            conditions::merge(&conditions),
            action,
            route.permit_insecure,
            path,
        ))
    }
}

fn new_route(
    proxy: &HttpProxy,
    matches: RouteMatch,
    action: Action,
    permit_insecure: bool,
    path: Path<'_>,
) -> model::Route {
    let cleartext = match path.policy {
        _ if permit_insecure => Cleartext::Serve,
        Some(policy) => Cleartext::Policy(policy.spec.insecure()),
        None if path.has_tls => Cleartext::Upgrade,
        None => Cleartext::Serve,
    };
    model::Route {
        matches,
        action,
        cleartext,
        over_tls: path.has_tls,
        authorization: None,
        jwt: None,
        ip_filter: None,
        local_rate_limit: None,
        rate_limits: RateLimits::default(),
        origin: Kind::HttpProxy.object(&proxy.name),
    }
}
