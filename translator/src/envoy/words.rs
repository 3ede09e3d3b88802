//! Small parts of many messages.

use std::time::Duration as StdDuration;

use isoline_envoy_api::{
    Any, Duration, any,
    envoy::{
        config::{
            core::v3::{
                AggregatedConfigSource, ApiVersion, ConfigSource, GrpcService, TypedExtensionConfig, config_source,
                grpc_service::{EnvoyGrpc, TargetSpecifier},
            },
            route::v3::FilterConfig,
        },
        extensions::filters::network::http_connection_manager::v3::{HttpFilter, http_filter},
        r#type::v3::{HttpStatus, Percent, StatusCode},
    },
};
use prost::Name;

use crate::{extension::Extension, model::Timeout};

/// Envoy counts in 64 bits of nanoseconds, and refuses what does not fit.
const LONGEST: StdDuration = StdDuration::from_secs(1_000_000_000);

/// The cluster where Envoy demands one that will not be asked; there is none.
pub(super) const NOBODY: &str = "isoline.nobody";

/// Everything comes over the one stream that this came over.
pub(super) fn ads() -> ConfigSource {
    ConfigSource {
        resource_api_version: ApiVersion::V3.into(),
        config_source_specifier: Some(config_source::ConfigSourceSpecifier::Ads(AggregatedConfigSource {})),
        ..Default::default()
    }
}

pub(super) fn extension<M: Name>(name: impl Into<String>, config: &M) -> TypedExtensionConfig {
    TypedExtensionConfig {
        name: name.into(),
        typed_config: Some(any(config)),
    }
}

pub(super) fn http_filter<M: Name>(name: &str, config: &M) -> HttpFilter {
    HttpFilter {
        name: name.to_owned(),
        config_type: Some(http_filter::ConfigType::TypedConfig(any(config))),
        ..Default::default()
    }
}

/// `typed_per_filter_config` of every route configuration: what is on in the listener is off here.
pub(super) fn off(filter: &str) -> (String, Any) {
    let config = FilterConfig {
        disabled: true,
        ..Default::default()
    };
    (filter.to_owned(), any(&config))
}

/// `typed_per_filter_config` of a host or route that switches a filter on without changing it.
pub(super) fn on(filter: &str) -> (String, Any) {
    on_with(filter, Any::default())
}

/// `typed_per_filter_config` of a host or route that switches a filter on with a configuration of its own.
pub(super) fn on_with(filter: &str, config: Any) -> (String, Any) {
    let config = FilterConfig {
        config: Some(config),
        ..Default::default()
    };
    (filter.to_owned(), any(&config))
}

/// Envoy counts whole milliseconds, of which none would often mean for ever.
pub(super) fn duration(duration: StdDuration) -> Duration {
    let duration = match duration {
        StdDuration::ZERO => duration,
        some => some.clamp(StdDuration::from_millis(1), LONGEST),
    };
    Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or_default(),
    }
}

/// Nothing where Envoy's own timeout holds.
pub(super) fn timeout(timeout: Timeout) -> Option<Duration> {
    match timeout {
        Timeout::Default => None,
        Timeout::Disabled => Some(Duration::default()),
        Timeout::After(time) => Some(duration(time)),
    }
}

/// The gRPC service of a cluster.
pub(super) fn grpc_service(cluster: &str, authority: &str, timeout: Timeout) -> GrpcService {
    let target = EnvoyGrpc {
        cluster_name: cluster.to_owned(),
        authority: authority.to_owned(),
        ..Default::default()
    };
    GrpcService {
        timeout: self::timeout(timeout),
        target_specifier: Some(TargetSpecifier::EnvoyGrpc(target)),
        ..Default::default()
    }
}

/// The gRPC service that an ExtensionService is.
pub(super) fn grpc_service_of(extension: &Extension) -> GrpcService {
    grpc_service(&extension.cluster.name(), &extension.authority, extension.timeout)
}

pub(super) fn percent(value: f64) -> Percent {
    Percent { value }
}

/// The number of a word of Envoy's; nothing if Envoy does not know it.
pub(super) fn http_status(code: u32) -> Option<HttpStatus> {
    let code = StatusCode::try_from(i32::try_from(code).ok()?).ok()?;
    (code != StatusCode::Empty).then(|| HttpStatus { code: code.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_becomes_for_ever_or_too_long() {
        let nanos = |time| {
            let Duration { seconds, nanos } = duration(time);
            (seconds, nanos)
        };
        assert_eq!(nanos(StdDuration::ZERO), (0, 0));
        assert_eq!(nanos(StdDuration::from_nanos(1)), (0, 1_000_000));
        assert_eq!(nanos(StdDuration::from_millis(1500)), (1, 500_000_000));
        assert_eq!(nanos(StdDuration::MAX), (1_000_000_000, 0));
    }

    #[test]
    fn statuses_are_those_that_envoy_knows() {
        assert_eq!(http_status(429).map(|status| status.code), Some(429));
        for unknown in [0, 418, 700, u32::MAX] {
            assert_eq!(http_status(unknown), None, "{unknown}");
        }
    }
}
