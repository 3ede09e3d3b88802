//! `timeoutPolicy` and `retryPolicy` of a route.

use super::problem::Problem;
use crate::{
    api::{httpproxy, shared::TimeoutPolicy},
    duration::parse_timeout,
    model::{Retry, Timeout},
};

/// Of a route and of the connections behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Timeouts {
    pub(super) response: Timeout,
    pub(super) idle: Timeout,
    pub(super) idle_connection: Timeout,
}

pub(super) fn timeouts(policy: Option<&TimeoutPolicy>) -> Result<Timeouts, Problem> {
    let Some(policy) = policy else {
        return Ok(Timeouts::default());
    };
    let read = |name: &str, text: &str| {
        parse_timeout(text).map_err(|error| {
            let message = format!("route.timeoutPolicy failed to parse: error parsing {name} timeout: {error}");
            Problem::route("TimeoutPolicyNotValid", message)
        })
    };
    Ok(Timeouts {
        response: read("response", &policy.response)?,
        idle: read("idle", &policy.idle)?,
        idle_connection: read("idle connection", &policy.idle_connection)?,
    })
}

/// A time per try that cannot be read or is infinite is none at all, as in the reference.
pub(super) fn retry(policy: &httpproxy::RetryPolicy) -> Result<Retry, Problem> {
    let count = match policy.count.unwrap_or(1) {
        -1 => 0,
        0 => 1,
        count => {
            u32::try_from(count).map_err(|_| invalid(&format!("count must be -1 or more, {count} was supplied")))?
        }
    };
    let code = |code: &i64| {
        let found = u32::try_from(*code).ok().filter(|code| (100..600).contains(code));
        found.ok_or_else(|| {
            invalid(&format!(
                "retriableStatusCodes must be in the range 100-599, {code} was supplied"
            ))
        })
    };
    let on = if policy.retry_on.is_empty() {
        "5xx".to_owned()
    } else {
        policy.retry_on.join(",")
    };
    Ok(Retry {
        on,
        count,
        per_try_timeout: match parse_timeout(&policy.per_try_timeout) {
            Ok(timeout @ Timeout::After(_)) => timeout,
            _ => Timeout::Default,
        },
        status_codes: policy
            .retriable_status_codes
            .iter()
            .map(code)
            .collect::<Result<_, _>>()?,
    })
}

fn invalid(problem: &str) -> Problem {
    Problem::route(
        "RetryPolicyNotValid",
        format!("route.retryPolicy is invalid: {problem}"),
    )
}
