//! Which route of Envoy's configuration came from which field. Nothing is kept for it: the host is translated again when
//! somebody asks.

use crate::{
    envoy, host,
    inputs::{Inputs, Reader},
    object::ObjectRef,
    resource::ResourceKey,
};

/// A route where it stands in Envoy's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePlace {
    /// The scope that holds it.
    pub scope: ResourceKey,
    /// Its place among the routes of the scope's only virtual host, from 0.
    pub index: usize,
    /// The object that declares it.
    pub object: ObjectRef,
    /// The field of the object, such as `spec.routes[0]`.
    pub field: String,
}

pub(super) fn of_host(fqdn: &str, inputs: &Inputs) -> Vec<RoutePlace> {
    let settings = inputs.settings();
    let host = inputs
        .is_claimed(fqdn)
        .then(|| host::translate(fqdn, &Reader::new(inputs)).host);
    let Some(host) = host.flatten() else {
        return Vec::new();
    };
    let mut places = Vec::new();
    for entrance in envoy::entrances(&host, settings) {
        let scope = envoy::scope_key(&entrance, &host.fqdn);
        let routes = envoy::guarded(&host, entrance.listener(), &settings.load_balancer);
        places.extend(routes.enumerate().map(|(index, (route, _))| RoutePlace {
            scope: scope.clone(),
            index,
            object: route.origin.clone(),
            field: route.field.clone(),
        }));
    }
    places
}
