//! Limits that a service of the operator's keeps for all Envoys.

use isoline_envoy_api::{
    Any, any,
    envoy::{
        config::{
            core::v3::ApiVersion,
            ratelimit::v3::RateLimitServiceConfig,
            route::v3::{
                RateLimit,
                rate_limit::{
                    Action,
                    action::{ActionSpecifier, GenericKey, HeaderValueMatch, RemoteAddress, RequestHeaders},
                },
            },
        },
        extensions::filters::{
            http::ratelimit::v3::{
                RateLimit as Filter, RateLimitPerRoute, rate_limit::XRateLimitHeadersRfcVersion,
                rate_limit_per_route::VhRateLimitsOptions,
            },
            network::http_connection_manager::v3::HttpFilter,
        },
    },
};

use crate::{
    envoy::{matchers, words},
    extension::Extension,
    model::{DescriptorEntry, RateLimitDescriptor, RateLimits},
    settings::RateLimitService,
};

pub(crate) const NAME: &str = "envoy.filters.http.ratelimit";

/// Where the service is not there, nobody answers, and what the operator wants then holds.
pub(super) fn http_filter(settings: &RateLimitService, service: &Extension) -> HttpFilter {
    let version = if settings.enable_x_rate_limit_headers {
        XRateLimitHeadersRfcVersion::DraftVersion03
    } else {
        XRateLimitHeadersRfcVersion::Off
    };
    let config = Filter {
        domain: settings.domain.clone(),
        timeout: words::timeout(service.timeout),
        failure_mode_deny: !settings.fail_open,
        rate_limited_as_resource_exhausted: settings.enable_resource_exhausted_code,
        enable_x_ratelimit_headers: version.into(),
        rate_limit_service: Some(RateLimitServiceConfig {
            grpc_service: Some(words::grpc_service_of(service)),
            transport_api_version: ApiVersion::V3.into(),
        }),
        ..Default::default()
    };
    words::http_filter(NAME, &config)
}

/// For a host's descriptors.
pub(super) fn on() -> (String, Any) {
    words::on(NAME)
}

/// For a route's descriptors, which replace the host's unless there are none.
pub(super) fn on_route(limits: &RateLimits) -> (String, Any) {
    let of_host = if limits.ignore_host {
        VhRateLimitsOptions::Ignore
    } else {
        VhRateLimitsOptions::Override
    };
    let config = RateLimitPerRoute {
        vh_rate_limits: of_host.into(),
        ..Default::default()
    };
    words::on_with(NAME, any(&config))
}

pub(in crate::envoy) fn rate_limits(descriptors: &[RateLimitDescriptor]) -> Vec<RateLimit> {
    let limits = descriptors.iter().map(|descriptor| RateLimit {
        actions: descriptor.entries.iter().map(action).collect(),
        ..Default::default()
    });
    limits.collect()
}

fn action(entry: &DescriptorEntry) -> Action {
    let specifier = match entry {
        DescriptorEntry::GenericKey { key, value } => ActionSpecifier::GenericKey(GenericKey {
            descriptor_key: key.clone(),
            descriptor_value: value.clone(),
            ..Default::default()
        }),
        DescriptorEntry::RequestHeader { header, key } => ActionSpecifier::RequestHeaders(RequestHeaders {
            header_name: header.clone(),
            descriptor_key: key.clone(),
            ..Default::default()
        }),
        DescriptorEntry::HeaderValueMatch {
            headers,
            expect_match,
            value,
        } => ActionSpecifier::HeaderValueMatch(HeaderValueMatch {
            descriptor_value: value.clone(),
            expect_match: Some(*expect_match),
            headers: headers.iter().map(matchers::header).collect(),
            ..Default::default()
        }),
        DescriptorEntry::RemoteAddress => ActionSpecifier::RemoteAddress(RemoteAddress {}),
    };
    Action {
        action_specifier: Some(specifier),
    }
}
