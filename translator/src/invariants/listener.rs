//! What must hold of one listener.

use isoline_envoy_api::envoy::{
    config::{
        common::mutation_rules::v3::header_mutation::Action,
        core::v3::{HeaderValue, TransportSocket, transport_socket},
        listener::v3::{FilterChain, Listener, filter},
    },
    extensions::{
        filters::{
            common::set_filter_state::v3::filter_state_value::Key,
            http::{local_ratelimit::v3::LocalRateLimit, rbac::v3::Rbac},
            network::{
                http_connection_manager::v3::{HttpConnectionManager, HttpFilter, http_filter},
                set_filter_state::v3::Config as SetFilterState,
            },
        },
        http::early_header_mutation::header_mutation::v3::HeaderMutation,
        transport_sockets::tls::v3::{
            CommonTlsContext, DownstreamTlsContext, SdsSecretConfig, UpstreamTlsContext,
            common_tls_context::ValidationContextType,
        },
    },
};
use isoline_policy::handover;
use prost::{Message, Name};

use super::{admin, scheme};
use crate::{
    envoy::{self, FALLBACK_FILTER, POLICY_FILTERS, RATE_LIMIT_FILTER},
    resource::Resource,
};

/// The policy filters are on in every HTTP chain, in their order after the fallback, in a chain whose name tells the
/// policy filter its listener.
pub(super) fn check(resource: &Resource, report: &mut impl FnMut(&str)) {
    let listener = decode(resource);
    for (chain, manager) in managers(&listener) {
        if let Some(routes) = admin::routes(&manager) {
            admin::check(&listener, &chain, &manager, routes, report);
            continue;
        }
        let on = enabled(&manager);
        let limits = on.contains(&RATE_LIMIT_FILTER);
        let policies = POLICY_FILTERS
            .into_iter()
            .filter(|name| limits || *name != RATE_LIMIT_FILTER);
        if !on.starts_with(&[FALLBACK_FILTER]) {
            report("has an HTTP chain without the fallback");
        }
        if !policies.eq(on.iter().copied().filter(|name| POLICY_FILTERS.contains(name))) {
            report("has an HTTP chain without every policy");
        }
        if manager.http_filters.iter().any(does_something) {
            report("has a policy that would hold for every host");
        }
        if !tells_connection(&listener, &chain) {
            report("has an HTTP chain of whose connections the policy filter knows nothing");
        }
        if !forgets_internal_headers(&manager) {
            report("believes an internal header");
        }
        if scheme::is_passed_on(&manager) {
            report("passes on what came in X-Forwarded-Proto");
        }
    }
}

/// The HTTP connection managers that look routes up in scopes.
pub(super) fn scoped(listener: &Listener) -> impl Iterator<Item = HttpConnectionManager> {
    let managers = managers(listener).into_iter().map(|(_, manager)| manager);
    managers.filter(|manager| admin::routes(manager).is_none())
}

pub(super) fn decode(resource: &Resource) -> Listener {
    Listener::decode(resource.body.value.as_slice()).unwrap_or_default()
}

/// The HTTP chains of a listener.
fn managers(listener: &Listener) -> Vec<(FilterChain, HttpConnectionManager)> {
    let manager = |chain: &FilterChain| {
        chain.filters.iter().find_map(|filter| match &filter.config_type {
            Some(filter::ConfigType::TypedConfig(any)) if any.type_url == HttpConnectionManager::type_url() => {
                HttpConnectionManager::decode(any.value.as_slice()).ok()
            }
            _ => None,
        })
    };
    let chains = listener.filter_chains.iter();
    chains
        .filter_map(|chain| manager(chain).map(|manager| (chain.clone(), manager)))
        .collect()
}

/// The names of its filters that are on.
pub(super) fn enabled(manager: &HttpConnectionManager) -> Vec<&str> {
    let filters = manager.http_filters.iter().filter(|filter| !filter.disabled);
    filters.map(|filter| filter.name.as_str()).collect()
}

/// On requests for which the fallback finds the route, a filter that is off for it runs with the listener's settings.
fn does_something(filter: &HttpFilter) -> bool {
    let Some(http_filter::ConfigType::TypedConfig(any)) = &filter.config_type else {
        return false;
    };
    let bytes = any.value.as_slice();
    if any.type_url == Rbac::type_url() {
        Rbac::decode(bytes).is_ok_and(|config| config.rules.is_some() || config.matcher.is_some())
    } else if any.type_url == LocalRateLimit::type_url() {
        LocalRateLimit::decode(bytes).is_ok_and(|config| config.token_bucket.is_some())
    } else {
        false
    }
}

/// Before anything else, and as a connection to this very listener. What a PROXY header says of the scheme is made of that.
fn tells_connection(listener: &Listener, chain: &FilterChain) -> bool {
    let Some(filter::ConfigType::TypedConfig(any)) = chain.filters.first().and_then(|it| it.config_type.as_ref())
    else {
        return false;
    };
    let config = SetFilterState::decode(any.value.as_slice()).unwrap_or_default();
    let [value, rest @ ..] = config.on_new_connection.as_slice() else {
        return false;
    };
    let scheme = Some(Key::ObjectKey(handover::PROXY_SCHEME_STATE.to_owned()));
    let told = scheme::is_announced(listener).then_some(&scheme);
    if !rest.iter().map(|value| &value.key).eq(told) {
        return false;
    }
    let known = isoline_policy::Listener::ALL.into_iter();
    let known = known.filter(|it| envoy::listener_name(*it) == listener.name);
    known.map(envoy::connection_facts).any(|facts| facts == *value)
}

/// They are removed before anything else is done with headers.
fn forgets_internal_headers(manager: &HttpConnectionManager) -> bool {
    let removed = early_mutations(manager).map_while(|action| match action {
        Action::Remove(name) => Some(name),
        Action::Append(_) | Action::RemoveOnMatch(_) => None,
    });
    removed.eq([handover::SCOPE_HEADER, handover::FORWARDED_PROTO_HEADER])
}

/// What is done with headers before anything reads them.
fn early_mutations(manager: &HttpConnectionManager) -> impl Iterator<Item = Action> {
    let extension = manager.early_header_mutation_extensions.first();
    let config = extension.and_then(|extension| extension.typed_config.as_ref());
    let config = config.and_then(|any| HeaderMutation::decode(any.value.as_slice()).ok());
    let mutations = config.into_iter().flat_map(|config| config.mutations);
    mutations.filter_map(|mutation| mutation.action)
}

/// The headers that are written before anything reads them, in their order.
pub(super) fn written_early(manager: &HttpConnectionManager) -> impl Iterator<Item = HeaderValue> {
    early_mutations(manager).filter_map(|action| match action {
        Action::Append(option) => option.header,
        Action::Remove(_) | Action::RemoveOnMatch(_) => None,
    })
}

/// The secrets that TLS is made of.
pub(super) fn secrets(socket: &TransportSocket) -> Vec<String> {
    let Some(transport_socket::ConfigType::TypedConfig(any)) = &socket.config_type else {
        return Vec::new();
    };
    let bytes = any.value.as_slice();
    let context = if any.type_url == DownstreamTlsContext::type_url() {
        DownstreamTlsContext::decode(bytes)
            .ok()
            .and_then(|context| context.common_tls_context)
    } else {
        UpstreamTlsContext::decode(bytes)
            .ok()
            .and_then(|context| context.common_tls_context)
    };
    context
        .as_ref()
        .into_iter()
        .flat_map(of_context)
        .map(|secret| secret.name.clone())
        .collect()
}

fn of_context(context: &CommonTlsContext) -> impl Iterator<Item = &SdsSecretConfig> {
    let trust = match &context.validation_context_type {
        Some(ValidationContextType::CombinedValidationContext(combined)) => {
            combined.validation_context_sds_secret_config.as_ref()
        }
        _ => None,
    };
    context.tls_certificate_sds_secret_configs.iter().chain(trust)
}
