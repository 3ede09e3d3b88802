//! What a valid HTTPProxy means, before it is said in Envoy's words.

mod route_match;

use isoline_policy::Insecure;

pub(crate) use route_match::{HeaderMatch, HeaderOperator, PathMatch, RouteMatch};

use crate::object::NamespacedName;

/// One host with all that its root includes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VirtualHost {
    /// Lower case; may start with `*.`.
    pub(crate) fqdn: String,
    pub(crate) root: NamespacedName,
    /// In the order in which they are tried; no two match the same requests.
    pub(crate) routes: Vec<Route>,
    /// Whether the root has a `tls` block: its cleartext routes then redirect unless they say otherwise.
    pub(crate) has_tls: bool,
    pub(crate) secure: Option<Secure>,
}

/// What is served over TLS under the name of a host.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Secure {
    /// TLS ends here, and the routes follow.
    Routes { certificate: NamespacedName },
    /// A TCP connection, with its TLS ended here or passed through.
    Tcp {
        certificate: Option<NamespacedName>,
        destinations: Vec<Destination>,
    },
}

/// A kind of request and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Route {
    pub(crate) matches: RouteMatch,
    pub(crate) action: Action,
    pub(crate) permit_insecure: bool,
    /// What a route policy says about cleartext requests.
    pub(crate) insecure: Option<Insecure>,
    /// The proxy that declares it.
    pub(crate) origin: NamespacedName,
}

impl Route {
    /// Where it forwards to; nowhere if it answers by itself.
    pub(crate) fn destinations(&self) -> &[Destination] {
        match &self.action {
            Action::Forward(destinations) => destinations,
            Action::Respond(_) => &[],
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Forward(Vec<Destination>),
    /// An answer without a body.
    Respond(u32),
}

/// A cluster and its share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Destination {
    pub(crate) cluster: Cluster,
    pub(crate) weight: u32,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cluster {
    pub(crate) service: NamespacedName,
    pub(crate) port: u16,
    /// How EndpointSlices name the port; may be empty.
    pub(crate) port_name: String,
}

impl Cluster {
    /// Written out in full: a shortened name could be made to collide with another tenant's.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.service, self.port)
    }

    /// The name of its load assignment.
    pub(crate) fn endpoints_name(&self) -> String {
        if self.port_name.is_empty() {
            self.service.to_string()
        } else {
            format!("{}/{}", self.service, self.port_name)
        }
    }
}

impl VirtualHost {
    /// Every cluster that some route or TCP proxy of it uses.
    pub(crate) fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        let of_routes = self.routes.iter().map(Route::destinations);
        let of_tcp = match &self.secure {
            Some(Secure::Tcp { destinations, .. }) => destinations.as_slice(),
            _ => &[],
        };
        of_routes
            .chain([of_tcp])
            .flatten()
            .map(|destination| &destination.cluster)
    }

    /// The Secret of its certificate, if it has one here.
    pub(crate) fn certificate(&self) -> Option<&NamespacedName> {
        match self.secure.as_ref()? {
            Secure::Routes { certificate } => Some(certificate),
            Secure::Tcp { certificate, .. } => certificate.as_ref(),
        }
    }
}
