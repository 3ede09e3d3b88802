//! `pathRewritePolicy`: which replacement a route takes, and how slashes come out right.

use std::collections::BTreeMap;

use super::{headers, problem::Problem};
use crate::{
    api::httpproxy::PathRewritePolicy,
    model::{Action, Forward, PathMatch, Route},
    status::Part,
};

/// What the prefix of a route becomes: the replacement for exactly this prefix, else the one for any.
pub(super) fn prefix(policy: Option<&PathRewritePolicy>, path: &PathMatch) -> Result<Option<String>, Problem> {
    let replacements = policy.map_or(&[][..], |policy| &policy.replace_prefix);
    if replacements.is_empty() {
        return Ok(None);
    }
    let invalid = |reason, message: String| Err(Problem::new(Part::PrefixReplace, reason, message));
    let PathMatch::Prefix(routed) = path else {
        let message = "cannot specify prefix replacements without a prefix condition";
        return invalid("MustHavePrefix", message.to_owned());
    };
    let mut by_prefix = BTreeMap::new();
    for entry in replacements {
        if by_prefix
            .insert(entry.prefix.as_str(), entry.replacement.as_str())
            .is_some()
        {
            return match entry.prefix.as_str() {
                "" => invalid("AmbiguousReplacement", "ambiguous prefix replacement".to_owned()),
                prefix => invalid(
                    "DuplicateReplacement",
                    format!("duplicate replacement prefix '{prefix}'"),
                ),
            };
        }
        if let Err(problem) = headers::check_value(&entry.replacement) {
            let message = format!("invalid replacement {:?}: {problem}", entry.replacement);
            return invalid("InvalidReplacement", message);
        }
    }
    let found = by_prefix.get(routed.as_str()).or_else(|| by_prefix.get(""));
    Ok(found.map(|replacement| (*replacement).to_owned()))
}

/// Splits rewritten prefixes in two, with and without a slash at their end, so that `/foo` to `/bar` makes neither
/// `/bar//x` of `/foo/x` nor `/barx` of it. Prefixes that several routes of one proxy share stay as they are.
pub(super) fn expand(routes: Vec<Route>) -> Vec<Route> {
    if !routes.iter().any(|route| rewritten(route).is_some()) {
        return routes;
    }
    let mut shared: BTreeMap<String, usize> = BTreeMap::new();
    for prefix in routes.iter().filter_map(trimmed) {
        *shared.entry(prefix.to_owned()).or_default() += 1;
    }
    let is_alone = |route: &Route| trimmed(route).is_some_and(|prefix| shared.get(prefix) == Some(&1));
    let split = |route: Route| {
        if is_alone(&route) { halves(route) } else { vec![route] }
    };
    routes.into_iter().flat_map(split).collect()
}

fn halves(mut route: Route) -> Vec<Route> {
    let (Some(prefix), Some(replacement)) = (trimmed(&route), rewritten(&route)) else {
        return vec![route];
    };
    if prefix == "/" {
        return vec![route];
    }
    let (prefix, replacement) = (prefix.to_owned(), replacement.trim_end_matches('/').to_owned());
    let mut with_slash = route.clone();
    let without = if replacement.is_empty() { "/" } else { &replacement };
    set(&mut route, prefix.clone(), without.to_owned());
    set(&mut with_slash, prefix + "/", replacement + "/");
    vec![route, with_slash]
}

fn set(route: &mut Route, prefix: String, replacement: String) {
    route.matches.path = PathMatch::Prefix(prefix);
    if let Action::Forward(forward) = &mut route.action {
        forward.prefix_rewrite = Some(replacement);
    }
}

fn rewritten(route: &Route) -> Option<&str> {
    match &route.action {
        Action::Forward(forward) => {
            let Forward { prefix_rewrite, .. } = &**forward;
            prefix_rewrite.as_deref()
        }
        Action::Redirect(_) | Action::Respond { .. } => None,
    }
}

/// The prefix without slashes at its end; nothing if the route has none.
fn trimmed(route: &Route) -> Option<&str> {
    match &route.matches.path {
        PathMatch::Prefix(prefix) => Some(match prefix.trim_end_matches('/') {
            "" => "/",
            trimmed => trimmed,
        }),
        PathMatch::Exact(_) | PathMatch::Regex(_) | PathMatch::SegmentPrefix(_) => None,
    }
}
