//! The model in Envoy's words.
//!
//! The layout keeps the cost of a change independent of the number of hosts: one scoped route configuration per host and
//! listener, a listener that names no host, clusters with endpoints of their own. Every policy filter is on in the
//! listener and off in each route configuration, never the other way round: Envoy picks filters before the fallback has
//! found the route of an upper-case or wildcard host, and one that is off by then could be walked around.

mod cluster;
mod fallback;
mod format;
mod guard;
mod http_connection_manager;
mod jwt;
mod listener;
mod policy_filter;
mod route;
mod scope;
mod scope_key;
mod secret;

use isoline_envoy_api::{
    Any, any,
    envoy::config::{
        core::v3::{AggregatedConfigSource, ApiVersion, ConfigSource, TypedExtensionConfig, config_source},
        route::v3::FilterConfig,
    },
};
use prost::Name;

pub(crate) use cluster::{cluster, endpoints};
pub(crate) use fallback::NAME as FALLBACK_FILTER;
pub(crate) use jwt::jwt_authn;
pub(crate) use listener::{Chain, listeners};
pub use policy_filter::extension as policy_filter;
pub(crate) use scope::host_scopes;
pub(crate) use secret::secret;

/// Everything comes over the one stream that this came over.
fn ads() -> ConfigSource {
    ConfigSource {
        resource_api_version: ApiVersion::V3.into(),
        config_source_specifier: Some(config_source::ConfigSourceSpecifier::Ads(AggregatedConfigSource {})),
        ..Default::default()
    }
}

fn extension<M: Name>(name: impl Into<String>, config: &M) -> TypedExtensionConfig {
    TypedExtensionConfig {
        name: name.into(),
        typed_config: Some(any(config)),
    }
}

/// `typed_per_filter_config` of every route configuration: what is on in the listener is off here.
fn off(filter: &str) -> (String, Any) {
    let config = FilterConfig {
        disabled: true,
        ..Default::default()
    };
    (filter.to_owned(), any(&config))
}

/// The `config: {}` that switches a filter on for a route without changing it.
fn empty_config() -> Any {
    Any::default()
}
