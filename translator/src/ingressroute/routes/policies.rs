//! What a route says of timeouts, retries and the path.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::{Map, Value, json};

use crate::ingressroute::{api::Route, note::Notes, prefixes::trimmed};

const DURATION: &str =
    r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)(h|m|s|ms|us|µs|ns)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(h|m|s|ms|us|µs|ns))*$";
static DURATION_PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new(DURATION).expect("the pattern is a constant"));

pub(super) fn timeout(route: &Route, field: &str, notes: &mut Notes) -> Option<Value> {
    let timeout = route.timeout_policy.as_ref()?.request.as_str();
    let response = match timeout {
        "" | "0" => return None,
        "infinity" => timeout,
        _ if DURATION_PATTERN.is_match(timeout) => timeout,
        other => {
            let reason = format!("{other:?} is no duration, which an IngressRoute took for infinity");
            notes.add(format!("{field}.timeoutPolicy.request"), reason, "infinity is set");
            "infinity"
        }
    };
    Some(json!({"response": response}))
}

pub(super) fn retry(route: &Route, field: &str, notes: &mut Notes) -> Option<Value> {
    let policy = route.retry_policy.as_ref()?;
    let mut out = Map::new();
    if policy.count > 0 {
        out.insert("count".to_owned(), json!(policy.count));
    }
    let timeout = policy.per_try_timeout.as_str();
    if DURATION_PATTERN.is_match(timeout) {
        out.insert("perTryTimeout".to_owned(), json!(timeout));
    } else if !timeout.is_empty() {
        let reason = format!("{timeout:?} is no duration, so it had no effect");
        notes.add(format!("{field}.retryPolicy.perTryTimeout"), reason, "it is left out");
    }
    Some(out.into())
}

/// HTTPProxy takes care of the slashes around a replaced prefix, IngressRoute did not: where neither path ends with one,
/// or the author took care by a second route, both do the same.
pub(super) fn rewrite(route: &Route, siblings: &[Route], field: &str, notes: &mut Notes) -> Option<Value> {
    let replacement = route.prefix_rewrite.as_str();
    if replacement.is_empty() {
        return None;
    }
    let path = trimmed(&route.path);
    let is_twin =
        |other: &Route| other.path != route.path && trimmed(&other.path) == path && !other.services.is_empty();
    let has_slash = route.path.ends_with('/') || replacement.ends_with('/');
    if !path.is_empty() && has_slash && !siblings.iter().any(is_twin) {
        let reason = format!(
            "HTTPProxy matches {path} and {path}/ and rewrites each so that slashes are neither lost nor doubled, where \
             IngressRoute replaced {} by {replacement} to the letter",
            route.path
        );
        notes.add(
            format!("{field}.prefixRewrite"),
            reason,
            "it is set: see that the backend does not count on the letter",
        );
    }
    Some(json!({"replacePrefix": [{"replacement": replacement}]}))
}
