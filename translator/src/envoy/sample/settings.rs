//! What an operator may set.

use super::clusters::extension;
use super::name;
use crate::extension::Services;
use crate::model::{Protocol, Timeout};
use crate::settings::{
    AccessLogFormat, AccessLogLevel, Compression, CustomTag, CustomTagValue, RateLimitService, Settings, Tracing,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// Settings of an operator who set everything.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.listeners.tls_offload.enabled = true;
    settings.http.compression = Some(Compression::Brotli);
    settings.http.max_concurrent_streams = Some(100);
    settings.http.max_requests_per_connection = Some(1000);
    settings.timeouts.request = Timeout::Disabled;
    settings.timeouts.stream_idle = Timeout::After(Duration::from_secs(30));
    settings.timeouts.max_connection_duration = Timeout::After(Duration::from_hours(1));
    settings.timeouts.delayed_close = Timeout::After(Duration::from_secs(1));
    settings.timeouts.connection_shutdown_grace_period = Timeout::After(Duration::from_secs(5));
    settings.connections.exact_balance = true;
    settings.connections.buffer_limit_bytes = Some(65536);
    settings.connections.max_to_accept_per_socket_event = Some(1);
    settings.connections.tos = 8;
    settings.connections.traffic_class = 8;
    settings.cluster.max_requests_per_connection = Some(100);
    settings.cluster.buffer_limit_bytes = Some(65536);
    settings.cluster.circuit_breakers.max_requests = 50;
    settings.tls.parameters.ecdh_curves = vec!["X25519".to_owned(), "P-256".to_owned()];
    settings.tls.ja3 = true;
    settings.tls.ja4 = true;
    settings.access_log.level = AccessLogLevel::Error;
    settings.access_log.format = AccessLogFormat::Json(BTreeMap::from([
        ("path".to_owned(), "%REQ_WITHOUT_QUERY(:PATH)%".to_owned()),
        (
            "name".to_owned(),
            "%METADATA(ROUTE:envoy.access_loggers.file:io.projectcontour.name)%".to_owned(),
        ),
    ]));
    settings.rate_limit_service = Some(RateLimitService {
        extension_service: name("limits"),
        domain: "isoline".to_owned(),
        fail_open: false,
        enable_x_rate_limit_headers: true,
        enable_resource_exhausted_code: true,
        default_global_rate_limit_policy: None,
    });
    settings.tracing = Some(Tracing {
        extension_service: name("traces"),
        service_name: "isoline".to_owned(),
        overall_sampling: 100.0,
        client_sampling: 50.0,
        random_sampling: 0.1,
        max_path_tag_length: 256,
        include_pod_detail: true,
        custom_tags: vec![
            CustomTag {
                name: "literal".to_owned(),
                value: CustomTagValue::Literal("x".to_owned()),
            },
            CustomTag {
                name: "header".to_owned(),
                value: CustomTagValue::RequestHeader("X-User".to_owned()),
            },
        ],
    });
    settings
}

pub(crate) fn services() -> Services {
    Services {
        rate_limit: Some(extension("limits", Protocol::H2c)),
        tracing: Some(extension("traces", Protocol::H2)),
        unmet: Vec::new(),
    }
}
