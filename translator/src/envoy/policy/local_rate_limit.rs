//! A bucket of tokens in every Envoy.

use isoline_envoy_api::{
    Any, any,
    envoy::{
        config::core::v3::{RuntimeFractionalPercent, header_value_option::HeaderAppendAction},
        extensions::filters::{
            http::local_ratelimit::v3::LocalRateLimit, network::http_connection_manager::v3::HttpFilter,
        },
        r#type::v3::{FractionalPercent, TokenBucket, fractional_percent::DenominatorType},
    },
};

use crate::{
    envoy::{format, words},
    model,
};

pub(super) const NAME: &str = "envoy.filters.http.local_ratelimit";

/// Without a bucket it lets everything pass.
pub(super) fn http_filter() -> HttpFilter {
    let config = LocalRateLimit {
        stat_prefix: "http".to_owned(),
        ..Default::default()
    };
    words::http_filter(NAME, &config)
}

pub(super) fn on(limit: &model::LocalRateLimit) -> (String, Any) {
    let always = RuntimeFractionalPercent {
        default_value: Some(FractionalPercent {
            numerator: 100,
            denominator: DenominatorType::Hundred.into(),
        }),
        ..Default::default()
    };
    let headers = limit.response_headers.iter();
    let config = LocalRateLimit {
        stat_prefix: limit.stat_prefix.clone(),
        status: limit.status.and_then(words::http_status),
        token_bucket: Some(TokenBucket {
            max_tokens: limit.max_tokens,
            tokens_per_fill: Some(limit.tokens_per_fill),
            fill_interval: Some(words::duration(limit.fill_interval)),
        }),
        filter_enabled: Some(always.clone()),
        filter_enforced: Some(always),
        response_headers_to_add: headers
            .map(|(name, value)| format::set(name, value, HeaderAppendAction::OverwriteIfExistsOrAdd))
            .collect(),
        ..Default::default()
    };
    words::on_with(NAME, any(&config))
}
