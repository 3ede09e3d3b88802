//! Whether a request meets the conditions of a route, as Envoy judges them, and which it fails.

use std::borrow::Cow;

use regex_lite::Regex;

use super::{path, request::Arrival};
use crate::{
    model::{HeaderMatch, HeaderOperator, PathMatch, QueryMatch, QueryOperator, RouteMatch},
    re2,
};

/// A regular expression that only Envoy understands.
pub(super) struct Unknown(pub(super) String);

/// The conditions of a route in words.
pub(super) fn conditions(matches: &RouteMatch) -> Vec<String> {
    let headers = matches.headers.iter().map(of_header);
    let parameters = matches.query_parameters.iter().map(of_parameter);
    [of_path(&matches.path)]
        .into_iter()
        .chain(headers)
        .chain(parameters)
        .collect()
}

/// The first condition that the request fails, with what it has instead.
pub(super) fn failure(matches: &RouteMatch, arrival: &Arrival) -> Result<Option<String>, Unknown> {
    let (path, query) = path::split(&arrival.path);
    if !path_holds(&matches.path, path)? {
        return Ok(Some(format!("the path {path} is not {}", of_path(&matches.path))));
    }
    for header in &matches.headers {
        let name = header.name.to_ascii_lowercase();
        let lines: Vec<_> = arrival.values(&name).collect();
        if !header_holds(header, &lines)? {
            let value = arrival.value(&name);
            return Ok(Some(format!(
                "{}, and it is {}",
                of_header(header),
                shown(value.as_deref())
            )));
        }
    }
    for parameter in &matches.query_parameters {
        let value = first_value(query, &parameter.name);
        if !parameter_holds(parameter, value)? {
            return Ok(Some(format!("{}, and it is {}", of_parameter(parameter), shown(value))));
        }
    }
    Ok(None)
}

/// How many bytes of the path a rewrite replaces.
pub(super) fn matched_length(matches: &PathMatch, path: &str) -> usize {
    match matches.canonical().as_ref() {
        PathMatch::Prefix(prefix) | PathMatch::SegmentPrefix(prefix) => prefix.len().min(path.len()),
        PathMatch::Exact(_) | PathMatch::Regex(_) => path.len(),
    }
}

fn path_holds(matches: &PathMatch, path: &str) -> Result<bool, Unknown> {
    Ok(match matches.canonical().as_ref() {
        PathMatch::Exact(exact) => path == exact,
        PathMatch::Prefix(prefix) => path.starts_with(prefix),
        PathMatch::SegmentPrefix(prefix) => {
            let rest = path.strip_prefix(prefix.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        PathMatch::Regex(regex) => is_match(regex, path)?,
    })
}

/// Of several lines one is enough.
fn header_holds(header: &HeaderMatch, lines: &[&str]) -> Result<bool, Unknown> {
    let lines = match (lines, &header.operator) {
        (lines, HeaderOperator::Present) => return Ok(lines.is_empty() == header.invert),
        ([], _) if header.treat_missing_as_empty => &[""],
        ([], _) => return Ok(false),
        (lines, _) => lines,
    };
    let mut holds = false;
    for line in lines {
        holds |= line_holds(header, line)?;
    }
    Ok(holds != header.invert)
}

fn line_holds(header: &HeaderMatch, line: &str) -> Result<bool, Unknown> {
    let folded = |text: &str| fold(text, header.ignore_case).into_owned();
    Ok(match &header.operator {
        HeaderOperator::Exact(exact) => folded(line) == folded(exact),
        HeaderOperator::Contains(part) => folded(line).contains(&folded(part)),
        HeaderOperator::Regex(regex) => is_match(regex, line)?,
        HeaderOperator::Present => true,
    })
}

fn parameter_holds(parameter: &QueryMatch, value: Option<&str>) -> Result<bool, Unknown> {
    let Some(value) = value else {
        return Ok(false);
    };
    let folded = |text: &str| fold(text, parameter.ignore_case).into_owned();
    Ok(match &parameter.operator {
        QueryOperator::Exact(exact) => folded(value) == folded(exact),
        QueryOperator::Prefix(prefix) => folded(value).starts_with(&folded(prefix)),
        QueryOperator::Suffix(suffix) => folded(value).ends_with(&folded(suffix)),
        QueryOperator::Contains(part) => folded(value).contains(&folded(part)),
        QueryOperator::Regex(regex) => is_match(regex, value)?,
        QueryOperator::Present => true,
    })
}

/// Of several with one name the first counts; nothing of it is decoded.
fn first_value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let query = query.strip_prefix('?')?;
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    values.next()
}

/// Of the whole text, and byte by byte: as if each byte were a letter.
fn is_match(pattern: &str, text: &str) -> Result<bool, Unknown> {
    let bytes = |text: &str| text.bytes().map(char::from).collect::<String>();
    let whole = format!("^(?:{})$", bytes(&re2::without_any_byte(pattern)));
    let regex = Regex::new(&whole).map_err(|_| Unknown(pattern.to_owned()))?;
    Ok(regex.is_match(&bytes(text)))
}

fn fold(text: &str, ignore_case: bool) -> Cow<'_, str> {
    if ignore_case {
        text.to_ascii_lowercase().into()
    } else {
        text.into()
    }
}

fn of_path(path: &PathMatch) -> String {
    match path {
        PathMatch::Exact(text) => format!("exactly {text}"),
        PathMatch::Regex(text) => format!("of the form {text}"),
        PathMatch::Prefix(text) | PathMatch::SegmentPrefix(text) => format!("under {text}"),
    }
}

fn of_header(header: &HeaderMatch) -> String {
    let HeaderMatch { name, invert, .. } = header;
    let not = if *invert { "not " } else { "" };
    let case = if header.ignore_case { " in any case" } else { "" };
    match &header.operator {
        HeaderOperator::Present if *invert => format!("header {name} must be absent"),
        HeaderOperator::Present => format!("header {name} must be present"),
        HeaderOperator::Exact(text) => format!("header {name} must {not}be {text:?}{case}"),
        HeaderOperator::Contains(text) => format!("header {name} must {not}contain {text:?}{case}"),
        HeaderOperator::Regex(text) => format!("header {name} must {not}be of the form {text}"),
    }
}

fn of_parameter(parameter: &QueryMatch) -> String {
    let QueryMatch { name, .. } = parameter;
    let case = if parameter.ignore_case { " in any case" } else { "" };
    match &parameter.operator {
        QueryOperator::Present => format!("query parameter {name} must be present"),
        QueryOperator::Exact(text) => format!("query parameter {name} must be {text:?}{case}"),
        QueryOperator::Prefix(text) => format!("query parameter {name} must begin with {text:?}{case}"),
        QueryOperator::Suffix(text) => format!("query parameter {name} must end with {text:?}{case}"),
        QueryOperator::Contains(text) => format!("query parameter {name} must contain {text:?}{case}"),
        QueryOperator::Regex(text) => format!("query parameter {name} must be of the form {text}"),
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or("absent".to_owned(), |value| format!("{value:?}"))
}
