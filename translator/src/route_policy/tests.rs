//! Policies are in force on exactly the requests that they are about, and no request is answered by another route.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use proptest::{prelude::*, sample::select};
use regex::bytes::Regex;

use super::{govern, read::block, standing::scope};
use crate::{
    api::shared::{HeaderCondition, MatchCondition, QueryParameterCondition},
    model::{
        Action, Cleartext, ClientPolicy, Governor, HeaderMatch, HeaderOperator, PathMatch, QueryMatch, QueryOperator,
        RateLimits, Redirect, RedirectPath, Route, RouteMatch, Terms, VirtualHost,
    },
    object::{Kind, NamespacedName},
    proxy::conditions,
};

const PATHS: [&str; 9] = ["/", "/a", "/a/", "/ab", "/a/b", "/a/b/", "/a/b/c", "/a/bc", "/b"];

#[derive(Debug, Clone)]
struct Request {
    path: &'static str,
    header: Option<&'static str>,
    query: Option<&'static str>,
}

impl Request {
    fn header(&self, name: &str) -> Option<String> {
        match (name, self.query) {
            (":path", Some(query)) => Some(format!("{}?q={query}", self.path)),
            (":path", None) => Some(self.path.to_owned()),
            _ => self.header.map(str::to_owned),
        }
    }

    fn is_of(&self, route: &RouteMatch) -> bool {
        let header = |it: &HeaderMatch| header_matches(it, self.header(&it.name).as_deref());
        let query = |it: &QueryMatch| query_matches(it, self.query);
        path_matches(&route.path, self.path)
            && route.headers.iter().all(header)
            && route.query_parameters.iter().all(query)
    }
}

fn path_matches(condition: &PathMatch, path: &str) -> bool {
    match condition {
        PathMatch::Exact(text) => path == text,
        PathMatch::Prefix(text) => path.starts_with(text),
        PathMatch::SegmentPrefix(text) => path
            .strip_prefix(text.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        PathMatch::Regex(regex) => is_whole(regex, path),
    }
}

fn is_whole(regex: &str, text: &str) -> bool {
    thread_local! {
        static COMPILED: RefCell<BTreeMap<String, Regex>> = RefCell::default();
    }
    let whole = format!("^(?:{})$", regex.replace(r"\C", "(?s-u:.)"));
    COMPILED.with_borrow_mut(|compiled| {
        let new = || Regex::new(&whole).unwrap();
        compiled
            .entry(whole.clone())
            .or_insert_with(new)
            .is_match(text.as_bytes())
    })
}

fn header_matches(condition: &HeaderMatch, value: Option<&str>) -> bool {
    let is_alike = |value: &str| match &condition.operator {
        HeaderOperator::Present => true,
        HeaderOperator::Exact(text) => value == text,
        HeaderOperator::Contains(text) => value.contains(text.as_str()),
        HeaderOperator::Regex(regex) => is_whole(regex, value),
    };
    match value {
        Some(value) => is_alike(value) != condition.invert,
        None => condition.operator == HeaderOperator::Present && condition.invert,
    }
}

fn query_matches(condition: &QueryMatch, value: Option<&str>) -> bool {
    value.is_some_and(|value| match &condition.operator {
        QueryOperator::Exact(text) => value == text,
        QueryOperator::Present => true,
        other => panic!("{other:?} is not made here"),
    })
}

/// Where a request goes: the route, the path that its backend gets, and the policy on the way.
type Way = (u32, Option<String>, Option<String>);

fn way(routes: &[Route], request: &Request, policy: impl Fn(&Route) -> Option<String>) -> Option<Way> {
    let route = routes.iter().find(|route| request.is_of(&route.matches))?;
    let (number, path) = match &route.action {
        Action::Redirect(Redirect {
            status,
            path: RedirectPath::ReplacePrefix(replacement),
            ..
        }) => {
            let rest = request.path.strip_prefix(route.matches.path.text()).unwrap();
            (*status, Some(format!("{replacement}{rest}")))
        }
        Action::Respond { status, .. } => (*status, None),
        other => panic!("{other:?} is not made here"),
    };
    Some((number, path, policy(route)))
}

fn condition() -> impl Strategy<Value = MatchCondition> {
    let prefix = select(&PATHS[..]).prop_map(|prefix| MatchCondition {
        prefix: prefix.to_owned(),
        ..MatchCondition::default()
    });
    let header = (select(vec!["v", "w", ""]), any::<bool>()).prop_map(|(value, invert)| {
        let mut header = HeaderCondition {
            name: "x".to_owned(),
            ..HeaderCondition::default()
        };
        match (value, invert) {
            ("", false) => header.present = true,
            ("", true) => header.notpresent = true,
            (value, false) => header.exact = value.to_owned(),
            (value, true) => header.notexact = value.to_owned(),
        }
        MatchCondition {
            header: Some(header),
            ..MatchCondition::default()
        }
    });
    let query = select(vec!["v", "w", ""]).prop_map(|value| MatchCondition {
        query_parameter: Some(QueryParameterCondition {
            name: "q".to_owned(),
            exact: value.to_owned(),
            present: value.is_empty(),
            ..QueryParameterCondition::default()
        }),
        ..MatchCondition::default()
    });
    prop_oneof![3 => prefix, 1 => header, 1 => query]
}

fn conditions() -> impl Strategy<Value = Vec<MatchCondition>> {
    prop::collection::vec(condition(), 0..3).prop_filter("no block", |written| block(written).is_ok())
}

/// What a route says of its path; a prefix may be one of segments.
fn own_path() -> impl Strategy<Value = (MatchCondition, bool)> {
    let path = |prefix: &str, exact: &str, regex: &str| MatchCondition {
        prefix: prefix.to_owned(),
        exact: exact.to_owned(),
        regex: regex.to_owned(),
        ..MatchCondition::default()
    };
    prop_oneof![
        3 => select(&PATHS[..]).prop_map(move |prefix| (path(prefix, "", ""), false)),
        2 => select(&PATHS[1..]).prop_map(move |prefix| (path(prefix, "", ""), true)),
        1 => select(&PATHS[..]).prop_map(move |exact| (path("", exact, ""), false)),
        1 => select(vec!["/.*", "/a|/b", "/a/[a-c]+"]).prop_map(move |regex| (path("", "", regex), false)),
    ]
}

#[derive(Debug, Clone)]
struct Target {
    above: Vec<MatchCondition>,
    policies: Vec<Vec<MatchCondition>>,
    routes: Vec<(Vec<MatchCondition>, (MatchCondition, bool), bool)>,
}

fn target() -> impl Strategy<Value = Target> {
    let route = (conditions(), own_path(), any::<bool>()).prop_map(|(mut conditions, path, rewrites)| {
        for condition in &mut conditions {
            condition.prefix.clear();
        }
        (conditions, path, rewrites)
    });
    let policies = prop::collection::vec(conditions(), 0..4);
    (conditions(), policies, prop::collection::vec(route, 1..4)).prop_map(|(above, policies, routes)| Target {
        above,
        policies,
        routes,
    })
}

/// Which requests of a target's routes a policy is about. A regular expression may lead out of the prefix above it: what
/// is not narrowed to a prefix is about these requests too.
fn about(target: &Target, own: &[MatchCondition]) -> RouteMatch {
    let mut matches = merged(&[&target.above, own]);
    if own.iter().all(|condition| condition.prefix.is_empty()) {
        matches.path = RouteMatch::everything().path;
    }
    matches
}

/// What a chain of conditions asks of a request.
fn merged(chain: &[&[MatchCondition]]) -> RouteMatch {
    let chain: Vec<_> = chain.iter().copied().flatten().collect();
    conditions::merge(&chain).unwrap()
}

/// The routes of a target under one number each, and what each policy of it, the first that counts first, is about.
fn routes_of(target: &Target, first: u32) -> (Vec<Route>, Vec<(String, RouteMatch)>) {
    let above: Vec<_> = target.above.iter().collect();
    let blocks = target.policies.iter().map(|written| block(written).unwrap());
    let governors: Vec<_> = blocks
        .enumerate()
        .map(|(index, own)| {
            let name = format!("{first}-{index}");
            let about = about(target, &own.block);
            let terms = Terms {
                insecure: None,
                clients: ClientPolicy {
                    strict_transport_security: Some(name.clone()),
                    ..ClientPolicy::default()
                },
            };
            let governor = Governor {
                policy: NamespacedName::new("ns", name.as_str()),
                scope: scope(&own, &above).unwrap(),
                terms: Some(Arc::new(terms)),
            };
            (Arc::new(governor), (name, about))
        })
        .collect();
    let (governors, about): (Vec<_>, Vec<_>) = governors.into_iter().unzip();
    let routes = target
        .routes
        .iter()
        .zip(first..)
        .map(|((own, (path, of_segments), rewrites), number)| {
            let mut matches = merged(&[&target.above, own, std::slice::from_ref(path)]);
            if let (PathMatch::Prefix(prefix), true) = (&matches.path, of_segments) {
                matches.path = match prefix.trim_end_matches('/') {
                    "" => PathMatch::Prefix("/".to_owned()),
                    prefix => PathMatch::SegmentPrefix(prefix.to_owned()),
                };
            }
            let action = match &matches.path {
                PathMatch::Prefix(_) if *rewrites => Action::Redirect(Redirect {
                    scheme: None,
                    host: None,
                    port: None,
                    path: RedirectPath::ReplacePrefix("/new".to_owned()),
                    status: number,
                }),
                _ => Action::respond(number),
            };
            Route {
                matches,
                action,
                cleartext: Cleartext::Serve,
                over_tls: false,
                authorization: None,
                jwt: None,
                clients: ClientPolicy::default(),
                policy: None,
                governors: governors.clone(),
                ip_filter: None,
                local_rate_limit: None,
                rate_limits: RateLimits::default(),
                origin: Kind::HttpProxy.object(&NamespacedName::new("ns", first.to_string())),
                field: String::new(),
            }
        });
    (routes.collect(), about)
}

fn requests() -> Vec<Request> {
    let values = [None, Some("v"), Some("w"), Some("o")];
    let paths = PATHS.iter().chain(&["/a/b/c/d", "/abc", "/c"]);
    let pairs = || {
        values
            .into_iter()
            .flat_map(|header| values.map(|query| (header, query)))
    };
    paths
        .flat_map(|path| pairs().map(|(header, query)| Request { path, header, query }))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_request_keeps_its_route_and_gets_its_policy(targets in prop::collection::vec(target(), 1..4)) {
        let mut host = VirtualHost::new("a.test".to_owned(), Vec::new());
        let mut about = BTreeMap::new();
        for (target, number) in targets.iter().zip(0..) {
            let (routes, policies) = routes_of(target, number * 100);
            about.extend(routes.first().map(|route| (route.origin.clone(), policies)));
            host.routes.extend(routes);
        }
        host.routes.sort_by(|a, b| a.matches.cmp_specificity(&b.matches));
        let before = host.routes.clone();
        govern(&mut host, &mut BTreeMap::new());
        for request in requests() {
            let expected = way(&before, &request, |route| {
                let policies = &about[&route.origin];
                let first = policies.iter().find(|(_, matches)| request.is_of(matches));
                first.map(|(name, _)| name.clone())
            });
            let found = way(&host.routes, &request, |route| route.clients.strict_transport_security.clone());
            prop_assert_eq!(found, expected, "{:?}", request);
        }
    }
}
