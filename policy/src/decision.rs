//! What becomes of one request on a route that has a policy.

use crate::{
    access,
    client::{Client, client},
    connection::{Connection, Request},
    location::https_location,
    route_policy::{ClientIp, Insecure, RedirectStatus, RoutePolicy},
    scheme::{Scheme, classify},
    settings::LoadBalancer,
    trace::{Step, Trace},
};

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes on to the route.
    Continue {
        /// The scheme that the client used.
        scheme: Scheme,
        /// Whose it is, if the policy asks for that.
        client: Option<Client>,
    },
    /// The client is sent to `location`.
    Redirect {
        /// The answer's status.
        status_code: RedirectStatus,
        /// The URL under `https`.
        location: String,
    },
    /// It is refused.
    Deny(Denial),
}

/// Why a request is refused. The client is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Its address may not come.
    Address,
    /// It came in cleartext.
    Insecure,
    /// It came in cleartext, and no safe URL to redirect it to can be made of it.
    NoLocation,
}

/// Applies a route's policy to a request: first who may come, then whether in cleartext.
pub fn decide(
    connection: &Connection,
    request: &impl Request,
    policy: &RoutePolicy,
    load_balancer: &LoadBalancer,
    trace: &mut impl Trace,
) -> Decision {
    let scheme = classify(connection, request, load_balancer, trace);
    let found = policy.asks_for_client().then(|| {
        let client_ip = policy.client_ip.as_ref().unwrap_or(&ClientIp::Auto);
        client(connection, request, client_ip, load_balancer, trace)
    });
    if !access::is_permitted(&policy.access, found.as_ref(), connection, trace) {
        return Decision::Deny(Denial::Address);
    }
    if scheme == Scheme::Https {
        return Decision::Continue { scheme, client: found };
    }
    trace.step(Step::Insecure(policy.insecure));
    match policy.insecure {
        Insecure::Allow => Decision::Continue { scheme, client: found },
        Insecure::Deny => Decision::Deny(Denial::Insecure),
        Insecure::Redirect { status_code } => {
            if let Some(location) = https_location(request, load_balancer.external_ports.https) {
                return Decision::Redirect { status_code, location };
            }
            trace.step(Step::NoLocation);
            Decision::Deny(Denial::NoLocation)
        }
    }
}
