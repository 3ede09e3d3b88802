//! `healthCheckPolicy` of routes and TCP proxies.

use std::time::Duration;

use crate::{
    api::httpproxy::{HttpHealthCheckPolicy, StatusRange, TcpHealthCheckPolicy},
    model::{HealthCheck, HealthCheckKind},
};

/// The Host of a check unless its author says otherwise.
const HOST: &str = "contour-envoy-healthcheck";
/// Envoy counts durations of checks in 32 bits.
const LONGEST: i64 = u32::MAX as i64;

/// Of the targets of a route.
pub(super) fn http(policy: &HttpHealthCheckPolicy) -> Result<HealthCheck, String> {
    for range in &policy.expected_statuses {
        check_range(*range)?;
    }
    for (field, text) in [("path", &policy.path), ("host", &policy.host)] {
        if text.chars().any(char::is_control) {
            return Err(format!("invalid {field} {text:?}: control characters are not allowed"));
        }
    }
    if policy.path.is_empty() {
        return Err("path must not be empty".to_owned());
    }
    let kind = HealthCheckKind::Http {
        path: policy.path.clone(),
        host: if policy.host.is_empty() { HOST } else { &policy.host }.to_owned(),
        expected_statuses: policy
            .expected_statuses
            .iter()
            .map(|range| (range.start, range.end))
            .collect(),
    };
    let numbers = TcpHealthCheckPolicy {
        interval_seconds: policy.interval_seconds,
        timeout_seconds: policy.timeout_seconds,
        unhealthy_threshold_count: policy.unhealthy_threshold_count,
        healthy_threshold_count: policy.healthy_threshold_count,
    };
    with_numbers(kind, numbers)
}

/// Of the targets of a TCP proxy.
pub(super) fn tcp(policy: TcpHealthCheckPolicy) -> Result<HealthCheck, String> {
    with_numbers(HealthCheckKind::Tcp, policy)
}

fn check_range(range: StatusRange) -> Result<(), String> {
    let problem = if !(100..=599).contains(&range.start) {
        "start must be in the range [100, 599]"
    } else if !(101..=600).contains(&range.end) {
        "end must be in the range [101, 600]"
    } else if range.end <= range.start {
        "end must be greater than start"
    } else {
        return Ok(());
    };
    Err(format!("invalid expected status range: {problem}"))
}

/// Zero is what has not been set.
fn with_numbers(kind: HealthCheckKind, policy: TcpHealthCheckPolicy) -> Result<HealthCheck, String> {
    let number = |field: &str, value: i64, default: u32| match value {
        0 => Ok(default),
        1..=LONGEST => Ok(u32::try_from(value).unwrap_or(u32::MAX)),
        _ => Err(format!(
            "{field} must be in the range 0-{LONGEST}, {value} was supplied"
        )),
    };
    let seconds = |field, value, default| number(field, value, default).map(|it| Duration::from_secs(it.into()));
    Ok(HealthCheck {
        kind,
        interval: seconds("intervalSeconds", policy.interval_seconds, 10)?,
        timeout: seconds("timeoutSeconds", policy.timeout_seconds, 2)?,
        unhealthy_threshold: number("unhealthyThresholdCount", policy.unhealthy_threshold_count, 3)?,
        healthy_threshold: number("healthyThresholdCount", policy.healthy_threshold_count, 2)?,
    })
}
