//! The filter that verifies tokens: one for all hosts, since Envoy keeps providers only in the filter itself. It comes as
//! a resource of its own, so that a provider's change touches no listener.

use std::{collections::BTreeMap, time::Duration};

use isoline_envoy_api::{
    Any, any,
    envoy::{
        config::core::v3::{DataSource, HttpUri, data_source, http_uri::HttpUpstreamType},
        extensions::filters::{
            http::jwt_authn::v3::{
                JwtAuthentication, JwtProvider as Provider, JwtRequirement, PerRouteConfig, RemoteJwks,
                jwt_provider::JwksSourceSpecifier, jwt_requirement::RequiresType,
                per_route_config::RequirementSpecifier,
            },
            network::http_connection_manager::v3::HttpFilter,
        },
    },
};

use crate::{
    envoy::words,
    jwks,
    model::{Jwks, JwtProvider},
    resource::{Resource, ResourceKey, ResourceType},
};

/// The name of the filter, and of the resource that carries it.
pub(crate) const NAME: &str = "envoy.filters.http.jwt_authn";

pub(super) fn http_filter() -> HttpFilter {
    super::discovered::<JwtAuthentication>(NAME)
}

/// A route that requires a provider's token. Until Envoy knows the provider, it refuses every request.
pub(super) fn on(key: &str) -> (String, Any) {
    let config = PerRouteConfig {
        requirement_specifier: Some(RequirementSpecifier::RequirementName(key.to_owned())),
    };
    words::on_with(NAME, any(&config))
}

/// The filter with all providers. It is there without any too, since every listener waits for it.
pub(crate) fn jwt_authn(providers: &BTreeMap<String, JwtProvider>) -> (ResourceKey, Resource) {
    let requirement = |key: &String| JwtRequirement {
        requires_type: Some(RequiresType::ProviderName(key.clone())),
    };
    let messages = providers.iter().map(|(key, provider)| (key.clone(), message(provider)));
    let config = JwtAuthentication {
        providers: messages.collect(),
        requirement_map: providers.keys().map(|key| (key.clone(), requirement(key))).collect(),
        ..Default::default()
    };
    let key = ResourceKey {
        kind: ResourceType::Extension,
        name: NAME.to_owned(),
    };
    (key, Resource::new(&words::extension(NAME, &config)))
}

fn message(provider: &JwtProvider) -> Provider {
    let keys = match &provider.keys {
        Jwks::Inline(text) => jwks::good_keys(text).map_or_else(no_keys, inline),
        Jwks::Remote {
            uri,
            cluster,
            timeout,
            cache_duration,
        } => remote(RemoteJwks {
            cache_duration: cache_duration.map(words::duration),
            ..from(uri, cluster.name(), *timeout)
        }),
    };
    Provider {
        issuer: provider.issuer.clone(),
        audiences: provider.audiences.clone(),
        forward: provider.forward,
        jwks_source_specifier: Some(keys),
        ..Default::default()
    }
}

fn inline(keys: String) -> JwksSourceSpecifier {
    JwksSourceSpecifier::LocalJwks(DataSource {
        specifier: Some(data_source::Specifier::InlineString(keys)),
        ..Default::default()
    })
}

fn remote(keys: RemoteJwks) -> JwksSourceSpecifier {
    JwksSourceSpecifier::RemoteJwks(keys)
}

/// Where there is no good key, no token is good: nobody is asked for one.
fn no_keys() -> JwksSourceSpecifier {
    remote(from("http://nobody/", words::NOBODY.to_owned(), Duration::from_secs(1)))
}

fn from(uri: &str, cluster: String, timeout: Duration) -> RemoteJwks {
    RemoteJwks {
        http_uri: Some(HttpUri {
            uri: uri.to_owned(),
            timeout: Some(words::duration(timeout)),
            http_upstream_type: Some(HttpUpstreamType::Cluster(cluster)),
        }),
        ..Default::default()
    }
}
