//! Which pages of other origins may ask.

use isoline_envoy_api::{
    Any, any,
    envoy::{
        extensions::filters::{
            http::cors::v3::{Cors, CorsPolicy},
            network::http_connection_manager::v3::HttpFilter,
        },
        r#type::matcher::v3::{StringMatcher, string_matcher::MatchPattern},
    },
};

use crate::{
    envoy::{matchers, words},
    model::{self, CorsOrigin},
};

pub(super) const NAME: &str = "envoy.filters.http.cors";

pub(super) fn http_filter() -> HttpFilter {
    words::http_filter(NAME, &Cors {})
}

pub(super) fn on(cors: &model::Cors) -> (String, Any) {
    let policy = &cors.policy;
    let config = CorsPolicy {
        allow_origin_string_match: cors.origins.iter().map(origin).collect(),
        allow_methods: policy.allow_methods.join(","),
        allow_headers: policy.allow_headers.join(","),
        expose_headers: policy.expose_headers.join(","),
        max_age: cors.max_age.clone().unwrap_or_default(),
        allow_credentials: Some(policy.allow_credentials),
        allow_private_network_access: Some(policy.allow_private_network),
        ..Default::default()
    };
    words::on_with(NAME, any(&config))
}

fn origin(origin: &CorsOrigin) -> StringMatcher {
    match origin {
        CorsOrigin::Exact(text) => matchers::string(MatchPattern::Exact(text.clone()), true),
        CorsOrigin::Regex(regex) => matchers::string(MatchPattern::SafeRegex(matchers::regex(regex)), false),
    }
}
