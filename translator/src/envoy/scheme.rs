//! What Envoy by itself takes the client's scheme for, and tells of it in `X-Forwarded-Proto`.
//!
//! It overwrites what a client wrote there, unless it trusts a number of hops; then it passes on whatever came.

use isoline_envoy_api::envoy::{
    config::{
        common::mutation_rules::v3::HeaderMutation,
        core::v3::{
            HeaderValueOption, SchemeHeaderTransformation, header_value_option::HeaderAppendAction,
            scheme_header_transformation::Transformation,
        },
    },
    extensions::{
        filters::common::set_filter_state::v3::FilterStateValue,
        filters::network::http_connection_manager::v3::ForwardProtoConfig,
    },
};
use isoline_policy::{Listener, LoadBalancer, ProxyProtocol, Scheme, believes_header, certain_scheme, handover};

use super::format;
use crate::settings::Settings;

/// The header that tells.
pub(crate) const HEADER: &str = "x-forwarded-proto";

/// What a PROXY header says, once for all requests of a connection.
pub(super) fn of_connection(listener: Listener, load_balancer: &LoadBalancer) -> Option<FilterStateValue> {
    let format = || handover::proxy_scheme_format(&load_balancer.tls_ports);
    is_announced(listener, load_balancer).then(|| format::filter_state_if_any(handover::PROXY_SCHEME_STATE, &format()))
}

/// The same for HTTP filters, as far as Envoy knows: it takes its own port for one that a PROXY header names.
pub(super) fn by_destination_port(listener: Listener, settings: &Settings) -> Option<ForwardProtoConfig> {
    let load_balancer = &settings.load_balancer;
    let named = |port: &&u16| **port != settings.listeners.http.port;
    let ports = load_balancer.tls_ports.iter().filter(named);
    let is_asked = is_announced(listener, load_balancer) && load_balancer.trusted.hops == 0;
    is_asked.then(|| ForwardProtoConfig {
        https_destination_ports: ports.copied().map(u32::from).collect(),
        ..Default::default()
    })
}

/// For redirects that keep the scheme of a request: where a load balancer has ended TLS, Envoy would take it for http.
pub(super) fn of_requests(listener: Listener, load_balancer: &LoadBalancer) -> Option<SchemeHeaderTransformation> {
    let is_offloaded = listener == Listener::TlsOffload;
    let scheme = certain_scheme(listener, load_balancer).filter(|_| is_offloaded)?;
    Some(SchemeHeaderTransformation {
        transformation: Some(Transformation::SchemeToOverwrite(scheme.as_str().to_owned())),
        ..Default::default()
    })
}

/// Behind a trusted number of hops, before anything reads the header.
pub(super) fn early_mutations(listener: Listener, load_balancer: &LoadBalancer) -> Vec<HeaderMutation> {
    if load_balancer.trusted.hops == 0 {
        return Vec::new();
    }
    let by_header = match certain_scheme(listener, load_balancer) {
        Some(scheme) => scheme.as_str().to_owned(),
        None => last_word(listener.scheme()),
    };
    let by_proxy = is_announced(listener, load_balancer).then(proxy_scheme);
    let formats = [by_header].into_iter().chain(by_proxy);
    formats.map(|format| format::overwrite(HEADER, &format)).collect()
}

/// At an entrance where Envoy would tell another scheme than the client's, and no filter tells it on every route.
pub(super) fn of_scope(listener: Listener, load_balancer: &LoadBalancer) -> Option<HeaderValueOption> {
    if load_balancer.trusted.hops > 0 || believes_header(listener, load_balancer) {
        return None;
    }
    let format = if is_announced(listener, load_balancer) {
        proxy_scheme()
    } else if listener == Listener::TlsOffload {
        listener.scheme().as_str().to_owned()
    } else {
        return None;
    };
    Some(format::set(HEADER, &format, HeaderAppendAction::OverwriteIfExistsOrAdd))
}

/// Only cleartext that nobody marked as once encrypted leaves it to a PROXY header.
fn is_announced(listener: Listener, load_balancer: &LoadBalancer) -> bool {
    listener == Listener::Http && load_balancer.proxy_protocol != ProxyProtocol::Off
}

/// Empty where a PROXY header does not say `https`, and then nothing is overwritten.
fn proxy_scheme() -> String {
    format!("%FILTER_STATE({}:PLAIN)%", handover::PROXY_SCHEME_STATE)
}

/// What the last word of the header says, or `otherwise`. The usual headers are compared as they are, since each regular
/// expression is compiled for each request.
fn last_word(otherwise: Scheme) -> String {
    let (other, pattern) = match otherwise {
        Scheme::Http => (Scheme::Https, "[hH][tT][tT][pP][sS]"),
        Scheme::Https => (Scheme::Http, "[hH][tT][tT][pP]"),
    };
    let (other, otherwise) = (other.as_str(), otherwise.as_str());
    let header = format!("request.headers['{HEADER}']");
    let is_last = format!(r"{header}.matches('(^|,)[ \\t]*{pattern}[ \\t]*$')");
    let says = format!("{header} == '{other}' || {header} != '{otherwise}' && {is_last}");
    format!("%CEL('{HEADER}' in request.headers && ({says}) ? '{other}' : '{otherwise}')%")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_to_envoys_own_port_is_not_taken_for_announced() {
        let mut settings = Settings::default();
        settings.load_balancer.proxy_protocol = ProxyProtocol::Optional;
        settings.load_balancer.tls_ports = vec![443, settings.listeners.http.port];
        let config = by_destination_port(Listener::Http, &settings).unwrap();
        assert_eq!(config.https_destination_ports, [443]);
        assert_eq!(by_destination_port(Listener::TlsOffload, &settings), None);
    }

    #[test]
    fn where_nothing_stands_in_front_nothing_is_done() {
        let nothing = LoadBalancer::default();
        for listener in [Listener::Http, Listener::Https] {
            assert_eq!(of_connection(listener, &nothing), None);
            assert_eq!(of_scope(listener, &nothing), None);
            assert!(early_mutations(listener, &nothing).is_empty());
        }
    }
}
