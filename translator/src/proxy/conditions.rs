//! Match conditions: what is wrong with them, and what a whole chain of them adds up to.

use regex::Regex;

use crate::{
    api::shared::{HeaderCondition, MatchCondition},
    model::{HeaderMatch, HeaderOperator, PathMatch, RouteMatch},
};

/// Checks the paths of one block of conditions.
pub(super) fn check_paths(conditions: &[MatchCondition]) -> Result<(), String> {
    let mut paths = 0;
    for condition in conditions {
        for (kind, path) in [("prefix", &condition.prefix), ("exact", &condition.exact)] {
            if path.is_empty() {
                continue;
            }
            if !path.starts_with('/') {
                return Err(format!("{kind} conditions must start with /, {path} was supplied"));
            }
            paths += 1;
        }
    }
    if paths > 1 {
        return Err("more than one prefix, exact or regex is not allowed in a condition block".to_owned());
    }
    Ok(())
}

/// Checks the paths of an include, which may only have a prefix.
pub(super) fn check_include_paths(conditions: &[MatchCondition]) -> Result<(), String> {
    if conditions.iter().any(|condition| !condition.exact.is_empty()) {
        return Err("exact conditions are not allowed in includes block".to_owned());
    }
    check_paths(conditions)
}

/// Checks the headers of a whole chain of conditions against each other; names compare without case.
pub(super) fn check_headers<'a>(conditions: impl IntoIterator<Item = &'a MatchCondition>) -> Result<(), String> {
    let mut seen: Vec<HeaderMatch> = Vec::new();
    for header in conditions.into_iter().filter_map(header_match) {
        let header = HeaderMatch {
            name: header.name.to_ascii_lowercase(),
            ..header
        };
        let same_header = || seen.iter().filter(|other| other.name == header.name);
        let contradicts = same_header().any(|other| other.operator == header.operator && other.invert != header.invert);
        let word = match &header.operator {
            HeaderOperator::Regex(regex) if Regex::new(regex).is_err() => {
                return Err("invalid regular expression specified for 'regex' condition".to_owned());
            }
            HeaderOperator::Exact(_)
                if !header.invert
                    && same_header()
                        .any(|other| matches!(other.operator, HeaderOperator::Exact(_)) && !other.invert) =>
            {
                return Err("cannot specify duplicate header 'exact match' conditions in the same route".to_owned());
            }
            HeaderOperator::Regex(_) => "regex",
            HeaderOperator::Present => "present",
            HeaderOperator::Exact(_) => "exact",
            HeaderOperator::Contains(_) => "contains",
        };
        if contradicts {
            return Err(format!(
                "cannot specify contradictory '{word}' and 'not{word}' conditions for the same route and header"
            ));
        }
        seen.push(header);
    }
    Ok(())
}

/// What a chain of conditions, from the root to the route, asks of a request.
pub(super) fn merge(conditions: &[&MatchCondition]) -> RouteMatch {
    let headers = conditions.iter().copied().filter_map(header_match).collect();
    RouteMatch::new(merge_paths(conditions), headers, Vec::new())
}

/// Joins the paths and collapses slashes. The kind is that of the last element of the list, even where that element is
/// not the one with the path: this is the reference's rule (docs/compatibility.md).
fn merge_paths(conditions: &[&MatchCondition]) -> PathMatch {
    let mut path = String::new();
    for character in conditions
        .iter()
        .flat_map(|condition| condition.prefix.chars().chain(condition.exact.chars()))
    {
        if !(character == '/' && path.ends_with('/')) {
            path.push(character);
        }
    }
    match conditions.last() {
        Some(last) if !last.exact.is_empty() => PathMatch::Exact(path),
        _ if path.is_empty() => PathMatch::Prefix("/".to_owned()),
        _ => PathMatch::Prefix(path),
    }
}

/// The first operator that is set, in the reference's order; nothing if none is.
fn header_match(condition: &MatchCondition) -> Option<HeaderMatch> {
    let header: &HeaderCondition = condition.header.as_ref()?;
    let text =
        |value: &String, operator: fn(String) -> HeaderOperator| (!value.is_empty()).then(|| operator(value.clone()));
    let candidates = [
        (header.present.then_some(HeaderOperator::Present), false),
        (header.notpresent.then_some(HeaderOperator::Present), true),
        (text(&header.contains, HeaderOperator::Contains), false),
        (text(&header.notcontains, HeaderOperator::Contains), true),
        (text(&header.exact, HeaderOperator::Exact), false),
        (text(&header.notexact, HeaderOperator::Exact), true),
        (text(&header.regex, HeaderOperator::Regex), false),
    ];
    let (operator, invert) = candidates
        .into_iter()
        .find_map(|(operator, invert)| Some((operator?, invert)))?;
    let is_text = matches!(operator, HeaderOperator::Exact(_) | HeaderOperator::Contains(_));
    Some(HeaderMatch {
        name: header.name.clone(),
        ignore_case: is_text && header.ignore_case,
        treat_missing_as_empty: is_text && invert && header.treat_missing_as_empty,
        operator,
        invert,
    })
}
