//! Active health checks.

use isoline_envoy_api::envoy::{
    config::core::v3::{
        HealthCheck,
        health_check::{HealthChecker, HttpHealthCheck, TcpHealthCheck},
    },
    r#type::v3::{CodecClientType, Int64Range},
};

use crate::{
    envoy::words,
    model::{self, HealthCheckKind, Protocol},
};

/// The statuses that Envoy lets somebody expect.
const STATUSES: std::ops::Range<i64> = 100..600;

pub(super) fn check(check: &model::HealthCheck, protocol: Protocol) -> HealthCheck {
    let checker = match &check.kind {
        HealthCheckKind::Tcp => HealthChecker::TcpHealthCheck(TcpHealthCheck::default()),
        HealthCheckKind::Http {
            path,
            host,
            expected_statuses,
        } => HealthChecker::HttpHealthCheck(HttpHealthCheck {
            path: path.clone(),
            host: host.clone(),
            expected_statuses: expected_statuses.iter().filter_map(range).collect(),
            codec_client_type: if protocol.is_http2() {
                CodecClientType::Http2
            } else {
                CodecClientType::Http1
            }
            .into(),
            ..Default::default()
        }),
    };
    HealthCheck {
        timeout: Some(words::duration(check.timeout)),
        interval: Some(words::duration(check.interval)),
        unhealthy_threshold: Some(check.unhealthy_threshold),
        healthy_threshold: Some(check.healthy_threshold),
        health_checker: Some(checker),
        ..Default::default()
    }
}

/// The part of a range that is made of statuses; nothing if there is none.
fn range((start, end): &(i64, i64)) -> Option<Int64Range> {
    let range = Int64Range {
        start: *start.max(&STATUSES.start),
        end: *end.min(&STATUSES.end),
    };
    (range.start < range.end).then_some(range)
}
