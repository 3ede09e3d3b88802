//! The model in Envoy's words.
//!
//! The layout keeps the cost of a change independent of the number of hosts: one scoped route configuration per host and
//! entrance, a listener that names no host, clusters with endpoints of their own. Every policy filter is on in the
//! listener and off in each route configuration, never the other way round: Envoy picks filters before the fallback has
//! found the route of an upper-case or wildcard host, and one that is off by then could be walked around.

mod cel;
mod cluster;
mod entrance;
mod fallback;
mod format;
mod guard;
mod hcm;
mod internal_redirect;
mod listener;
mod matchers;
mod policy;
mod route;
mod runtime;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod sample;
mod scheme;
mod scope;
mod secret;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
mod words;

pub(crate) use cluster::{cluster, endpoints};
pub(crate) use entrance::Entrance;
pub(crate) use fallback::NAME as FALLBACK_FILTER;
pub(crate) use guard::{Guard, guarded};
pub(crate) use hcm::connection_facts;
pub use listener::ADMIN_CLUSTER;
pub(crate) use listener::{Chain, FOR_EVERYBODY, READABLE, is_covered, listeners, name as listener_name};
pub use policy::filter::extension as policy_filter;
pub(crate) use policy::{
    AUTHORIZATION_FILTER, AUTHORIZATION_NAMESPACE, AuthorizationFilter, JWT_FILTER, NAMES as POLICY_FILTERS,
    RATE_LIMIT_FILTER, access, authorization, jwt_authn, lists_of_route,
};
pub use runtime::LAYER as RUNTIME_LAYER;
pub(crate) use runtime::runtime;
pub(crate) use scheme::HEADER as SCHEME_HEADER;
pub(crate) use scope::{entrances, host_scopes, scope_key};
pub(crate) use secret::{key_of_host, secret, secret_of_host};
