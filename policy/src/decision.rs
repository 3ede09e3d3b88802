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

/// A request as it was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The scheme that the client used.
    pub scheme: Scheme,
    /// Whose it is, if the policy asks for that.
    pub client: Option<Client>,
    /// What becomes of it.
    pub decision: Decision,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes on to the route.
    Continue,
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
) -> Judgement {
    let scheme = classify(connection, request, load_balancer, trace);
    let client = policy.asks_for_client().then(|| {
        let client_ip = policy.client_ip.as_ref().unwrap_or(&ClientIp::Auto);
        client(connection, request, client_ip, load_balancer, trace)
    });
    let decision = if !access::is_permitted(&policy.access, client.as_ref(), connection, trace) {
        Decision::Deny(Denial::Address)
    } else if scheme == Scheme::Https {
        Decision::Continue
    } else {
        of_cleartext(request, policy.insecure, load_balancer, trace)
    };
    Judgement {
        scheme,
        client,
        decision,
    }
}

fn of_cleartext(
    request: &impl Request,
    insecure: Insecure,
    load_balancer: &LoadBalancer,
    trace: &mut impl Trace,
) -> Decision {
    trace.step(Step::Insecure(insecure));
    match insecure {
        Insecure::Allow => Decision::Continue,
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
