//! The routes of a root: its includes first, then its own.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Visits, budget::Limit, conditions, cycle, problem::Problem, rewrite, root::Root, route::new_route, target,
};
use crate::{
    api::{httpproxy::Include, shared::MatchCondition},
    model::{self, Action, Governor, RouteMatch},
    object::{HttpProxy, Kind, NamespacedName},
    route_policy,
    status::{Findings, Part},
};

/// What the proxies from the root down to here have said.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    pub(super) root: &'p Root<'p>,
    /// From the root to the one that includes this.
    visited: &'p [&'p NamespacedName],
    pub(super) conditions: &'p [&'p MatchCondition],
    /// The policies of all of them, those of the nearest first.
    pub(super) governors: &'p [Arc<Governor>],
    limit: Limit,
}

impl Path<'_> {
    /// Whether this is not the root itself.
    pub(super) fn is_included(&self) -> bool {
        self.visited.len() > 1
    }
}

impl Visits<'_> {
    /// The most specific route first; of two that match the same, the later one stays.
    pub(super) fn routes_of_root(
        &mut self,
        proxy: &HttpProxy,
        root: &Root<'_>,
        findings: &mut Findings,
    ) -> Vec<model::Route> {
        let path = Path {
            root,
            visited: &[],
            conditions: &[],
            governors: &[],
            limit: Limit::WHOLE,
        };
        let mut routes = self.routes(proxy, path, findings);
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
        let mut governors = route_policy::governors(&Kind::HttpProxy.object(&proxy.name), path.conditions, self.reader);
        governors.extend_from_slice(path.governors);
        let path = Path {
            visited: &visited,
            governors: &governors,
            ..path
        };

        let mut routes = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, include) in proxy.spec.includes.iter().enumerate() {
            findings.look_at(format!("spec.includes[{index}]"));
            routes.extend(self.include(proxy, include, path, &mut seen, findings));
        }
        for (index, route) in proxy.spec.routes.iter().enumerate() {
            findings.look_at(format!("spec.routes[{index}]"));
            match self.route(proxy, route, path, findings) {
                Ok(route) => routes.push(route),
                Err(problem) => {
                    // One wrong route takes all routes of its proxy along, those of its includes as well.
                    problem.record(findings);
                    routes.clear();
                    break;
                }
            }
        }
        findings.look_at("");
        rewrite::expand(routes)
    }

    fn include(
        &mut self,
        proxy: &HttpProxy,
        include: &Include,
        path: Path<'_>,
        seen: &mut BTreeSet<RouteMatch>,
        findings: &mut Findings,
    ) -> Vec<model::Route> {
        let own: Vec<_> = include.conditions.iter().collect();
        let matches = match include_match(include, &own, seen) {
            Ok(matches) => matches,
            Err(problem) => {
                problem.record(findings);
                return Vec::new();
            }
        };
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
                    .then(|| new_route(proxy, findings.focus(), matches, Action::respond(502), path))
                    .into_iter()
                    .collect();
            }
        };
        let conditions = [path.conditions, &own].concat();
        let of_route = 1 + conditions.len() + path.governors.len();
        let cost = 1 + included.spec.includes.len() + included.spec.routes.len() * of_route;
        let limit = match self.spent.pay(cost, path.limit) {
            Ok(limit) => limit,
            Err(problem) => {
                findings.error(
                    Part::Include,
                    "IncludeLimitExceeded",
                    format!("include {name}: {problem}"),
                );
                return Vec::new();
            }
        };
        let mut included_findings = Findings::default();
        let routes = self.routes(
            included,
            Path {
                conditions: &conditions,
                limit,
                ..path
            },
            &mut included_findings,
        );
        self.commit(&name, included_findings);
        routes
    }
}

/// What an include matches by itself. Two of one proxy may not match the same, unless that is everything.
fn include_match(
    include: &Include,
    own: &[&MatchCondition],
    seen: &mut BTreeSet<RouteMatch>,
) -> Result<RouteMatch, Problem> {
    let path = |problem| {
        let message = format!("include: {problem}");
        Problem::new(Part::Include, "PathMatchConditionsNotValid", message)
    };
    conditions::check_include_paths(&include.conditions).map_err(path)?;
    conditions::check_headers(&include.conditions)
        .map_err(|problem| Problem::route("HeaderMatchConditionsNotValid", problem))?;
    conditions::check_queries(&include.conditions)
        .map_err(|problem| Problem::route("QueryParameterMatchConditionsNotValid", problem))?;
    let matches = conditions::merge(own).map_err(path)?;
    if matches != RouteMatch::everything() && !seen.insert(matches.clone()) {
        let message = "duplicate conditions defined on an include";
        return Err(Problem::new(Part::Include, "DuplicateMatchConditions", message));
    }
    Ok(matches)
}
