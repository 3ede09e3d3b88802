//! What becomes of one request on a route that has a policy.

use crate::location::https_location;
use crate::route_policy::{Insecure, RedirectStatus, RoutePolicy};
use crate::scheme::{Facts, Scheme, classify};
use crate::settings::LoadBalancer;

/// The parts of the request line that a decision needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// `Host`, or `:authority`, as the client wrote it.
    pub authority: &'a str,
    /// The path with its query.
    pub path_and_query: &'a str,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes on to the route, as a request that the client made with `scheme`.
    Continue {
        /// What the backend is told.
        scheme: Scheme,
    },
    /// The client is sent to `location`.
    Redirect {
        /// The answer's status.
        status_code: RedirectStatus,
        /// The URL under `https`.
        location: String,
    },
    /// It is refused.
    Deny,
}

/// Applies a route's policy to a request. One that ought to be redirected but has no safe URL is refused.
pub fn decide(facts: &Facts, request: &Request, policy: &RoutePolicy, load_balancer: &LoadBalancer) -> Decision {
    let scheme = classify(facts, load_balancer);
    match (scheme, policy.insecure) {
        (Scheme::Https, _) | (Scheme::Http, Insecure::Allow) => Decision::Continue { scheme },
        (Scheme::Http, Insecure::Deny) => Decision::Deny,
        (Scheme::Http, Insecure::Redirect { status_code }) => {
            match https_location(request, load_balancer.external_ports.https) {
                Some(location) => Decision::Redirect { status_code, location },
                None => Decision::Deny,
            }
        }
    }
}
