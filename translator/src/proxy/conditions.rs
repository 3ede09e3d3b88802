//! Match conditions: what is wrong with them, and what a whole chain of them adds up to.

use std::collections::BTreeSet;

use crate::{
    api::shared::{HeaderCondition, MatchCondition, QueryParameterCondition},
    model::{HeaderMatch, HeaderOperator, PathMatch, QueryMatch, QueryOperator, RouteMatch},
    re2,
};

/// Envoy takes no longer name of a query parameter.
const LONGEST_QUERY_NAME: usize = 1024;

/// Checks the paths of one block of conditions.
pub(super) fn check_paths(conditions: &[MatchCondition]) -> Result<(), String> {
    let mut paths = 0;
    for condition in conditions {
        let kinds = [
            ("prefix", &condition.prefix),
            ("exact", &condition.exact),
            ("regex", &condition.regex),
        ];
        for (kind, path) in kinds {
            if path.is_empty() {
                continue;
            }
            if !path.starts_with('/') {
                return Err(format!("{kind} conditions must start with /, {path} was supplied"));
            }
            paths += 1;
        }
        check_regex(&condition.regex)?;
    }
    if paths > 1 {
        return Err("more than one prefix, exact or regex is not allowed in a condition block".to_owned());
    }
    Ok(())
}

/// Checks the paths of an include, which may only have a prefix.
pub(crate) fn check_include_paths(conditions: &[MatchCondition]) -> Result<(), String> {
    for condition in conditions {
        for (kind, path) in [("exact", &condition.exact), ("regex", &condition.regex)] {
            if !path.is_empty() {
                return Err(format!("{kind} conditions are not allowed in includes block"));
            }
        }
    }
    check_paths(conditions)
}

fn check_regex(regex: &str) -> Result<(), String> {
    re2::check(regex).map_err(|error| format!("supplied regex: {regex} invalid. error: {error}"))
}

/// Checks the headers of a whole chain of conditions against each other; names compare without case.
pub(crate) fn check_headers<'a>(conditions: impl IntoIterator<Item = &'a MatchCondition>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut exact = BTreeSet::new();
    for header in conditions.into_iter().filter_map(|condition| condition.header.as_ref()) {
        check_header(header)?;
        let Some(HeaderMatch {
            name, operator, invert, ..
        }) = header_match(header)
        else {
            continue;
        };
        let name = name.to_ascii_lowercase();
        let is_exact = matches!(operator, HeaderOperator::Exact(_)) && !invert;
        if is_exact && !exact.insert(name.clone()) {
            return Err("cannot specify duplicate header 'exact match' conditions in the same route".to_owned());
        }
        let word = match &operator {
            HeaderOperator::Regex(_) => "regex",
            HeaderOperator::Present => "present",
            HeaderOperator::Exact(_) => "exact",
            HeaderOperator::Contains(_) => "contains",
        };
        if seen.contains(&(name.clone(), operator.clone(), !invert)) {
            return Err(format!(
                "cannot specify contradictory '{word}' and 'not{word}' conditions for the same route and header"
            ));
        }
        seen.insert((name, operator, invert));
    }
    Ok(())
}

/// Checks one condition on a header by itself.
pub(super) fn check_header(header: &HeaderCondition) -> Result<(), String> {
    if header.name.is_empty() || header.name.chars().any(char::is_control) {
        return Err(format!("invalid header name {:?}", header.name));
    }
    if re2::check(&header.regex).is_err() {
        return Err("invalid regular expression specified for 'regex' condition".to_owned());
    }
    Ok(())
}

/// Checks the query parameters of a whole chain of conditions.
pub(crate) fn check_queries<'a>(conditions: impl IntoIterator<Item = &'a MatchCondition>) -> Result<(), String> {
    let mut exact = BTreeSet::new();
    for query in conditions
        .into_iter()
        .filter_map(|condition| condition.query_parameter.as_ref())
    {
        let operators = query_operators(query).into_iter().flatten().count();
        let is_exact = !query.exact.is_empty();
        let problem = if operators == 0 {
            "must specify at least one query parameter condition"
        } else if operators > 1 {
            "cannot specify more than one condition in the same match condition branch"
        } else if query.name.is_empty() || query.name.len() > LONGEST_QUERY_NAME {
            "the name of a query parameter has 1 to 1024 characters"
        } else if is_exact && !exact.insert(query.name.to_lowercase()) {
            "cannot specify duplicate query parameter 'exact match' conditions in the same route"
        } else if re2::check(&query.regex).is_err() {
            "invalid regular expression specified for 'regex' condition"
        } else {
            continue;
        };
        return Err(problem.to_owned());
    }
    Ok(())
}

/// What a chain of conditions, from the root to the route, asks of a request.
pub(crate) fn merge(conditions: &[&MatchCondition]) -> Result<RouteMatch, String> {
    let headers = conditions.iter().filter_map(|condition| condition.header.as_ref());
    let queries = conditions
        .iter()
        .filter_map(|condition| condition.query_parameter.as_ref());
    Ok(RouteMatch::new(
        merge_paths(conditions)?,
        headers.filter_map(header_match).collect(),
        queries.filter_map(query_match).collect(),
    ))
}

/// Joins the paths and collapses slashes. The kind is that of the last element of the list, even where that element is
/// not the one with the path: this is the reference's rule (docs/compatibility.md). One regex makes the whole a regex,
/// in which the other parts stand for themselves.
fn merge_paths(conditions: &[&MatchCondition]) -> Result<PathMatch, String> {
    let has_regex = conditions.iter().any(|condition| !condition.regex.is_empty());
    let text = |text: &str| if has_regex { re2::quote(text) } else { text.to_owned() };
    let mut path = String::new();
    for condition in conditions {
        for part in [text(&condition.prefix), text(&condition.exact), condition.regex.clone()] {
            for character in part.chars() {
                if !(character == '/' && path.ends_with('/')) {
                    path.push(character);
                }
            }
        }
    }
    match conditions.last() {
        _ if has_regex => {
            check_regex(&path)?;
            Ok(PathMatch::Regex(path))
        }
        Some(last) if !last.exact.is_empty() => Ok(PathMatch::Exact(path)),
        _ if path.is_empty() => Ok(PathMatch::Prefix("/".to_owned())),
        _ => Ok(PathMatch::Prefix(path)),
    }
}

/// The first operator that is set, in the reference's order; nothing if none is.
pub(super) fn header_match(header: &HeaderCondition) -> Option<HeaderMatch> {
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

fn query_match(query: &QueryParameterCondition) -> Option<QueryMatch> {
    let operator = query_operators(query).into_iter().flatten().next()?;
    let has_case = !matches!(operator, QueryOperator::Regex(_) | QueryOperator::Present);
    Some(QueryMatch {
        name: query.name.clone(),
        operator,
        ignore_case: has_case && query.ignore_case,
    })
}

fn query_operators(query: &QueryParameterCondition) -> [Option<QueryOperator>; 6] {
    let text =
        |value: &String, operator: fn(String) -> QueryOperator| (!value.is_empty()).then(|| operator(value.clone()));
    [
        text(&query.exact, QueryOperator::Exact),
        text(&query.prefix, QueryOperator::Prefix),
        text(&query.suffix, QueryOperator::Suffix),
        text(&query.regex, QueryOperator::Regex),
        text(&query.contains, QueryOperator::Contains),
        query.present.then_some(QueryOperator::Present),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(prefix: &str, exact: &str, regex: &str) -> MatchCondition {
        MatchCondition {
            prefix: prefix.to_owned(),
            exact: exact.to_owned(),
            regex: regex.to_owned(),
            ..MatchCondition::default()
        }
    }

    fn header(name: &str) -> MatchCondition {
        MatchCondition {
            header: Some(HeaderCondition {
                name: name.to_owned(),
                present: true,
                ..HeaderCondition::default()
            }),
            ..MatchCondition::default()
        }
    }

    #[test]
    fn paths_of_a_chain_are_joined() {
        let merged = |chain: &[MatchCondition]| {
            let chain: Vec<_> = chain.iter().collect();
            merge(&chain).map(|matches| matches.path)
        };
        let prefix = |text: &str| Ok(PathMatch::Prefix(text.to_owned()));
        assert_eq!(merged(&[]), prefix("/"));
        assert_eq!(merged(&[path("/a/", "", ""), path("/b//c", "", "")]), prefix("/a/b/c"));
        assert_eq!(merged(&[path("", "/a", ""), header("x")]), prefix("/a"));
        let exact = Ok(PathMatch::Exact("/a/b".to_owned()));
        assert_eq!(merged(&[path("/a", "", ""), path("", "/b", "")]), exact);
        let regex = Ok(PathMatch::Regex(r"/v1\.0/[0-9]+".to_owned()));
        assert_eq!(merged(&[path("/v1.0", "", ""), path("", "", "/[0-9]+")]), regex);
    }

    #[test]
    fn headers_of_a_chain_are_checked_against_each_other_in_linear_time() {
        let many: Vec<_> = (0..200_000).map(|i| header(&format!("x-{i}"))).collect();
        assert_eq!(check_headers(&many), Ok(()));
    }
}
