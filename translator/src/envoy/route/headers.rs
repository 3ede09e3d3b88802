//! Headers that are set and removed on the way.

use isoline_envoy_api::envoy::config::{
    core::v3::{HeaderValueOption, header_value_option::HeaderAppendAction},
    route::v3::{Route, weighted_cluster::ClusterWeight},
};

use crate::{
    envoy::format,
    model::{Destination, Forward, Headers},
};

pub(super) fn set(route: &mut Route, forward: &Forward) {
    let (request, response) = (&forward.request_headers, &forward.response_headers);
    route.request_headers_to_add.splice(..0, added(request));
    route
        .request_headers_to_remove
        .splice(..0, request.remove.iter().cloned());
    route.response_headers_to_add.splice(..0, added(response));
    route.response_headers_to_remove.clone_from(&response.remove);
}

pub(super) fn set_weighted(cluster: &mut ClusterWeight, destination: &Destination) {
    let (request, response) = (&destination.request_headers, &destination.response_headers);
    cluster.request_headers_to_add = added(request);
    cluster.request_headers_to_remove.clone_from(&request.remove);
    cluster.response_headers_to_add = added(response);
    cluster.response_headers_to_remove.clone_from(&response.remove);
}

fn added(headers: &Headers) -> Vec<HeaderValueOption> {
    let set = headers.set.iter();
    set.map(|(name, value)| format::set(name, value, HeaderAppendAction::OverwriteIfExistsOrAdd))
        .collect()
}
