//! `corsPolicy` of a host.

use std::time::Duration;

use crate::{
    api::httpproxy::CorsPolicy,
    duration,
    model::{Cors, CorsOrigin},
    re2,
};

pub(super) fn cors(policy: &CorsPolicy) -> Result<Cors, String> {
    if policy.allow_origin.is_empty() {
        return Err("invalid allowed origin configuration with length 0".to_owned());
    }
    if policy.allow_methods.is_empty() {
        return Err("invalid allowed methods configuration with length 0".to_owned());
    }
    let lists = [&policy.allow_methods, &policy.allow_headers, &policy.expose_headers];
    for word in lists.into_iter().flatten() {
        if word.is_empty() || word.chars().any(char::is_control) {
            return Err(format!("invalid value {word:?}"));
        }
    }
    Ok(Cors {
        origins: policy
            .allow_origin
            .iter()
            .map(|text| origin(text))
            .collect::<Result<_, _>>()?,
        policy: policy.clone(),
        max_age: max_age(&policy.max_age)?,
    })
}

fn origin(text: &str) -> Result<CorsOrigin, String> {
    if text == "*" || is_exact(text) {
        return Ok(CorsOrigin::Exact(text.to_owned()));
    }
    let is_regex = !text.is_empty() && re2::check(text).is_ok();
    if is_regex {
        return Ok(CorsOrigin::Regex(text.to_owned()));
    }
    Err(format!(
        "invalid allowed origin {text:?}: allowed origin is invalid exact match and invalid regex match"
    ))
}

/// `scheme://host[:port]`
fn is_exact(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else {
        return false;
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (host, ""),
    };
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    let is_name = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    is_scheme && (is_name || is_bracketed) && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whole seconds as text; nothing where the author says nothing.
fn max_age(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.starts_with('-') {
        return Err(format!("invalid max age value {text:?}"));
    }
    let age = duration::parse(text).map_err(|error| format!("unable to parse timeout string {text:?}: {error}"))?;
    let half = Duration::from_millis(500);
    Ok(Some((age + half).as_secs().to_string()))
}
