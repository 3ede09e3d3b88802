//! What becomes of one request, and why: the host and route that take it, why others do not, what their policies decide,
//! and what is sent on. It is found from the same model that Envoy's configuration is made of, and decided by the same
//! function as in the filter.
//!
//! What Envoy only knows while it runs stays open: tokens, the word of an authorization service, what is left of a rate
//! limit. These are named.

mod action;
mod decision;
mod expectation;
mod expectations;
mod matching;
mod path;
mod place;
mod request;
mod text;

use serde::Serialize;

pub use action::{Forwarding, Upstream};
pub use expectation::{AnswerKind, Expectation, Expected, Mismatch, Outcome};
pub use expectations::{NoExpectations, read_expectations, write_expectations};
pub use isoline_policy::{Listener, ProxyHeader};
pub use request::{Request, RequestError};

use self::{
    place::{Hosts, Place},
    request::Arrival,
};
use crate::{
    envoy::guarded,
    inputs::Inputs,
    model::{Route, VirtualHost},
    object::ObjectRef,
    settings::Settings,
};

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// How it comes in, with everything that was assumed.
    pub request: Vec<String>,
    /// The host that takes it.
    pub host: Option<String>,
    /// The routes that the host has for its listener, in the order in which they are tried.
    pub routes: Vec<Candidate>,
    /// The steps of the decision that policies make.
    pub decision: Vec<String>,
    /// What else it is judged by.
    pub filters: Vec<String>,
    /// What comes of it.
    pub answer: Answer,
}

/// A route that could take the request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// All that must hold of a request.
    pub conditions: Vec<String>,
    /// The object that declares it.
    pub origin: String,
    /// The same, and the field of it.
    #[serde(skip)]
    pub declared: (ObjectRef, String),
    /// The RoutePolicy that is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Whether it takes the request.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Whether a route takes a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "verdict", content = "reason")]
pub enum Verdict {
    /// It does.
    Wins,
    /// It would, if a route before it did not.
    Matches,
    /// A condition does not hold.
    Fails(String),
}

/// What comes of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Answer {
    /// The connection is not taken.
    Closed {
        /// Why.
        reason: String,
    },
    /// Envoy answers by itself.
    Respond {
        /// The status.
        status: u32,
        /// Why; empty if the route says so.
        reason: String,
    },
    /// The client is sent elsewhere.
    Redirect {
        /// The status.
        status: u32,
        /// Where to.
        location: String,
    },
    /// The connection goes on as it is.
    Tcp {
        /// To which Services.
        upstreams: Vec<Upstream>,
    },
    /// The request goes on.
    Forward(Box<Forwarding>),
}

/// Says what becomes of a request, with the objects as they are.
pub(crate) fn explain(request: &Request, inputs: &Inputs, has_fallback: bool) -> Result<Explanation, RequestError> {
    let arrival = Arrival::of(request, inputs.settings())?;
    let mut explanation = Explanation {
        request: arrival.lines(),
        host: None,
        routes: Vec::new(),
        decision: Vec::new(),
        filters: Vec::new(),
        answer: Answer::Respond {
            status: 404,
            reason: "no route of the host takes it".to_owned(),
        },
    };
    match (Hosts { inputs, has_fallback }).place(&arrival) {
        Place::Closed(reason) => explanation.answer = Answer::Closed { reason },
        Place::Nobody { status, reason } => explanation.answer = Answer::Respond { status, reason },
        Place::Tcp(proxy) => explanation.take_connection(&proxy, &arrival, inputs.settings()),
        Place::Host(host) => {
            let winner = explanation.find_route(&host, &arrival, inputs.settings())?;
            explanation.decide(&host, winner, &arrival, inputs.settings());
            explanation.host = Some(host.fqdn);
        }
    }
    Ok(explanation)
}

impl Explanation {
    /// The route that takes the request, with what stands before it.
    fn find_route<'h>(
        &mut self,
        host: &'h VirtualHost,
        arrival: &Arrival,
        settings: &Settings,
    ) -> Result<Option<decision::Guarded<'h>>, RequestError> {
        let mut winner = None;
        for (route, guard) in guarded(host, arrival.connection.listener, &settings.load_balancer) {
            let verdict = match failure(host, route, arrival)? {
                Some(reason) => Verdict::Fails(reason),
                None if winner.is_some() => Verdict::Matches,
                None => {
                    winner = Some((route, guard));
                    Verdict::Wins
                }
            };
            self.routes.push(Candidate {
                conditions: matching::conditions(&route.matches),
                origin: route.origin.to_string(),
                declared: (route.origin.clone(), route.field.clone()),
                policy: route.policy.as_ref().map(ToString::to_string),
                verdict,
            });
        }
        Ok(winner)
    }
}

/// Under a wildcard there is a condition more.
fn failure(host: &VirtualHost, route: &Route, arrival: &Arrival) -> Result<Option<String>, RequestError> {
    let unknown = |matching::Unknown(pattern)| RequestError::Pattern(route.origin.to_string(), pattern);
    let label = arrival.authority.split('.').next().unwrap_or_default();
    if host.fqdn.starts_with("*.") && !is_label(label) {
        return Ok(Some(format!("{label:?} is no label that * stands for")));
    }
    matching::failure(&route.matches, arrival).map_err(unknown)
}

fn is_label(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !text.is_empty() && text.chars().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}
