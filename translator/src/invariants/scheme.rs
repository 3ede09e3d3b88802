//! What must hold of `X-Forwarded-Proto`: backends are told the scheme that the client used, and by nobody who made it up.

use isoline_envoy_api::envoy::{
    config::{
        core::v3::HeaderValueOption,
        listener::v3::Listener,
        route::v3::{RouteConfiguration, route::Action},
    },
    extensions::filters::network::http_connection_manager::v3::HttpConnectionManager,
};
use isoline_policy::{Listener as Kind, handover};

use super::listener::written_early;
use crate::envoy::{SCHEME_HEADER, listener_name};

/// Whether connections say in a PROXY header what the client spoke.
pub(super) fn is_announced(listener: &Listener) -> bool {
    let mut filters = listener.listener_filters.iter();
    listener.name == listener_name(Kind::Http) && filters.any(|filter| filter.name == handover::PROXY_NAMESPACE)
}

/// Envoy believes everybody where it trusts a number of hops, unless the header is written anew, after it was kept for
/// the policy filter.
pub(super) fn is_passed_on(manager: &HttpConnectionManager) -> bool {
    let mut later = written_early(manager).skip_while(|header| header.key != handover::FORWARDED_PROTO_HEADER);
    manager.xff_num_trusted_hops > 0 && !later.any(|header| header.key == SCHEME_HEADER)
}

/// Elsewhere Envoy tells what it sees, which is not always what the client spoke.
pub(super) fn is_left_to_scopes(listener: &Listener, manager: &HttpConnectionManager) -> bool {
    let sees_other = is_announced(listener) || listener.name == listener_name(Kind::TlsOffload);
    sees_other && manager.xff_num_trusted_hops == 0
}

/// By the scope, or else by each route that leads to a backend.
pub(super) fn is_told(routes: &RouteConfiguration) -> bool {
    let of_hosts = routes.virtual_hosts.iter().flat_map(|host| &host.routes);
    let mut forwarding = of_hosts.filter(|route| matches!(route.action, Some(Action::Route(_))));
    writes(&routes.request_headers_to_add) || forwarding.all(|route| writes(&route.request_headers_to_add))
}

fn writes(headers: &[HeaderValueOption]) -> bool {
    let mut headers = headers.iter().filter_map(|option| option.header.as_ref());
    headers.any(|header| header.key == SCHEME_HEADER)
}
