//! The words in which the translator hands policies and facts to the filter. Both sides take them from here; none of
//! them is visible to users, and none may be believed when a client sends it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cookie::CookieRewrite;
use crate::scheme::Listener;
use crate::settings::LoadBalancer;

/// The filter's name in Envoy's HTTP filter chain and in each route's `typed_per_filter_config`.
pub const FILTER_NAME: &str = "isoline.policy";

/// The namespace of route metadata that holds the policy.
pub const METADATA_NAMESPACE: &str = "isoline.policy";

/// The key under [`METADATA_NAMESPACE`]; its value is the text of a [`RoutePolicy`](crate::RoutePolicy).
pub const METADATA_KEY: &str = "route";

/// The namespace of route metadata that holds the rewriting of cookies. A route may have it with or without a policy.
pub const COOKIES_NAMESPACE: &str = "isoline.cookies";

/// The key under [`COOKIES_NAMESPACE`]; its value is the text of [`CookieRewrites`].
pub const COOKIES_KEY: &str = "route";

/// The header in which `X-Forwarded-Proto` is kept before Envoy writes its own.
pub const FORWARDED_PROTO_HEADER: &str = "x-isoline-forwarded-proto";

/// The header whose value selects the scoped route configuration.
pub const SCOPE_HEADER: &str = "x-isoline-scope";

/// The filter state that holds the address of the TCP peer, whatever a PROXY header says.
pub const PEER_STATE: &str = "isoline.peer";

/// The filter state that holds the port that Envoy took the connection on, whatever a PROXY header says.
pub const LOCAL_PORT_STATE: &str = "isoline.local_port";

/// The property in which the filter leaves the client's scheme for the route's `x-forwarded-proto`.
pub const SCHEME_PROPERTY: &str = "isoline.scheme";

/// The filter state that [`SCHEME_PROPERTY`] becomes; Envoy puts the prefix before every property that a filter sets.
pub const SCHEME_STATE: &str = "wasm.isoline.scheme";

/// The name of the filter chain of the `http` listener.
pub const HTTP_CHAIN: &str = "http";

/// The name of the filter chain of the `tls-offload` listener.
pub const TLS_OFFLOAD_CHAIN: &str = "tls-offload";

/// The name of a filter chain of the `https` listener, or what stands before the `/` in it.
pub const HTTPS_CHAIN: &str = "https";

/// The listener that a filter chain belongs to, by the chain's name.
pub fn listener_of_chain(name: &str) -> Option<Listener> {
    match name {
        HTTP_CHAIN => Some(Listener::Http),
        TLS_OFFLOAD_CHAIN => Some(Listener::TlsOffload),
        HTTPS_CHAIN => Some(Listener::Https),
        _ => {
            let (listener, _) = name.split_once('/')?;
            (listener == HTTPS_CHAIN).then_some(Listener::Https)
        }
    }
}

/// The filter's plugin configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PluginConfig {
    /// The operator's settings.
    pub load_balancer: LoadBalancer,
}

/// What becomes of cookies, by the name of the cluster that sent them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookieRewrites(pub BTreeMap<String, Vec<CookieRewrite>>);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_read_where_it_is_left() {
        assert_eq!(SCHEME_STATE.strip_prefix("wasm."), Some(SCHEME_PROPERTY));
    }

    #[test]
    fn chains_belong_to_listeners() {
        for (name, listener) in [
            ("http", Some(Listener::Http)),
            ("tls-offload", Some(Listener::TlsOffload)),
            ("https", Some(Listener::Https)),
            ("https/shop.example.com", Some(Listener::Https)),
            ("https/a/b", Some(Listener::Https)),
            ("", None),
            ("HTTP", None),
            ("http/", None),
            ("httpsx", None),
            ("tls-offload/a", None),
            ("/https", None),
        ] {
            assert_eq!(listener_of_chain(name), listener, "{name}");
        }
    }

    #[test]
    fn a_plugin_configuration_must_say_what_stands_in_front() {
        let config = PluginConfig::default();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<PluginConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<PluginConfig>("{}").is_err());
        assert!(serde_json::from_str::<PluginConfig>(r#"{"loadBalancer":{},"x":1}"#).is_err());
    }

    #[test]
    fn cookies_belong_to_clusters() {
        let text = r#"{"ns/a/80":[{"name":"x","secure":true},{"name":"y"}],"ns/b/80":[]}"#;
        let rewrites: CookieRewrites = serde_json::from_str(text).unwrap();
        assert_eq!(rewrites.0.keys().collect::<Vec<_>>(), ["ns/a/80", "ns/b/80"]);
        assert_eq!(serde_json::to_string(&rewrites).unwrap(), text);
        for text in ["", "[]", r#"{"a":{}}"#, r#"{"a":[{}]}"#] {
            assert!(serde_json::from_str::<CookieRewrites>(text).is_err(), "{text}");
        }
    }
}
