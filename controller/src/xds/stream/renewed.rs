//! Sends a scope again so that Envoy takes it again.
//!
//! When Envoy refuses one scope of a response, it remembers those before it by a hash of their content but does not
//! serve them, and skips them when they come again unchanged. Metadata that nobody reads makes the difference.

use isoline_envoy_api::{
    Any, Struct, any,
    envoy::config::{core::v3::Metadata, route::v3::ScopedRouteConfiguration},
};
use prost::Message;

const KEY: &str = "isoline.renewed";

/// The same scope with other bytes, different for each `nonce`.
pub(super) fn renewed(scope: &Any, nonce: &str) -> Any {
    let Ok(mut message) = ScopedRouteConfiguration::decode(scope.value.as_slice()) else {
        return scope.clone();
    };
    // A scope that names its route configuration must not get one of its own.
    let Some(routes) = &mut message.route_configuration else {
        return scope.clone();
    };
    let metadata = routes.metadata.get_or_insert_with(Metadata::default);
    let mark = Struct {
        fields: [(nonce.to_owned(), isoline_envoy_api::Value::default())].into(),
    };
    metadata.filter_metadata.insert(KEY.to_owned(), mark);
    any(&message)
}
