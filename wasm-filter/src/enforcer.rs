//! Judges requests: finds the route's policy, lets `isoline-policy` decide, acts on the decision.

use std::borrow::Cow;
use std::cell::RefCell;

use isoline_policy::handover::{
    CLIENT, CLIENT_HEADER, CLIENT_SOURCE, FACTS, FORWARDED_FOR, Facts, METADATA_NAMESPACE, PORT, SCHEME,
    STRICT_TRANSPORT_SECURITY, read_facts,
};
use isoline_policy::{
    Client, Connection, Decision, Denial, Header, Judgement, LoadBalancer, Request, RoutePolicy, Scheme, Step, Trace,
    decide, forwarded_for, trusted_header,
};

use crate::cache::Cache;
use crate::host::{Counter, Host};

/// What Envoy shall do with the request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Pass it on.
    Continue {
        /// Whether the response has to be looked at.
        rewrites_cookies: bool,
    },
    /// Nothing more: it has been answered.
    Answered,
}

/// Why a request could not be judged.
#[derive(Debug, thiserror::Error)]
enum Unjudged {
    #[error("no route is known")]
    NoRoute,
    #[error("the route's policy has no text")]
    NoText,
    #[error("the route's policy cannot be read: {0}")]
    Policy(#[from] serde_json::Error),
    #[error("nothing is known of the connection")]
    Connection,
}

/// The operator's settings, and the policies seen so far under them.
pub(crate) struct Enforcer {
    load_balancer: LoadBalancer,
    policies: RefCell<Cache<RoutePolicy>>,
}

impl Enforcer {
    pub(crate) fn new(load_balancer: LoadBalancer) -> Self {
        Self {
            load_balancer,
            policies: RefCell::default(),
        }
    }

    /// Judges the request that `host` is at.
    pub(crate) fn enforce(&self, host: &impl Host) -> Flow {
        match self.judge(host) {
            Ok(flow) => flow,
            Err(reason) => {
                host.warn(&reason.to_string());
                refuse(host)
            }
        }
    }

    fn judge(&self, host: &impl Host) -> Result<Flow, Unjudged> {
        let text = host.property(&["filter_state", FACTS]).unwrap_or_default();
        let facts = read_facts(&text).unwrap_or_default();
        let rewrites_cookies = facts.rewrites_cookies;
        let Some(policy) = facts.policy else {
            has_none(host)?;
            return Ok(Flow::Continue { rewrites_cookies });
        };
        let policy = self.policies.borrow_mut().decode(policy)?;
        let connection = facts.connection.ok_or(Unjudged::Connection)?;
        let request = Head { host, facts: &facts };
        let mut count = Count(host);
        let judgement = decide(&connection, &request, &policy, &self.load_balancer, &mut count);
        host.set_property(SCHEME, judgement.scheme.as_str());
        if let Some(client) = &judgement.client {
            tell_client(client, host);
        }
        Ok(match judgement.decision {
            Decision::Continue => {
                self.tell_route(&connection, &request, &judgement, &policy);
                Flow::Continue { rewrites_cookies }
            }
            Decision::Redirect { status_code, location } => {
                host.count(Counter::Redirected);
                host.respond(status_code.into(), &[("location", &location)]);
                Flow::Answered
            }
            Decision::Deny(denial) => {
                host.count(match denial {
                    Denial::Address => Counter::DeniedAddress,
                    Denial::Insecure => Counter::DeniedInsecure,
                    Denial::NoLocation => Counter::DeniedNoLocation,
                });
                host.respond(403, &[]);
                Flow::Answered
            }
        })
    }

    /// The route writes headers from these properties. If the filter did, Envoy would select a route anew, and nobody
    /// would judge that one's policy.
    fn tell_route(
        &self,
        connection: &Connection,
        request: &Head<'_, impl Host>,
        judgement: &Judgement,
        policy: &RoutePolicy,
    ) {
        let (host, load_balancer) = (request.host, &self.load_balancer);
        if let (Scheme::Https, Some(hsts)) = (judgement.scheme, &policy.strict_transport_security) {
            host.set_property(STRICT_TRANSPORT_SECURITY, hsts);
        }
        let (Some(client), Some(_)) = (&judgement.client, &policy.forward) else {
            return;
        };
        let port = match judgement.scheme {
            Scheme::Http => load_balancer.external_ports.http,
            Scheme::Https => load_balancer.external_ports.https,
        };
        host.set_property(PORT, &port.to_string());
        if let Some(text) = forwarded_for(connection, request, client, policy, load_balancer) {
            host.set_property(FORWARDED_FOR, &text);
        }
        let header = policy.client_ip.as_ref();
        if let Some(text) = header.and_then(|it| trusted_header(connection, request, it, load_balancer)) {
            host.set_property(CLIENT_HEADER, &text);
        }
    }
}

/// Makes sure that a route of whose policy nothing is known has none.
fn has_none(host: &impl Host) -> Result<(), Unjudged> {
    if host
        .property(&["xds", "route_metadata", "filter_metadata", METADATA_NAMESPACE])
        .is_some()
    {
        return Err(Unjudged::NoText);
    }
    let is_known = host.property(&["xds", "virtual_host_name"]).is_some();
    is_known.then_some(()).ok_or(Unjudged::NoRoute)
}

/// Whose request it is, for the route and for access logs.
fn tell_client(client: &Client, host: &impl Host) {
    if let Some(address) = client.address {
        host.set_property(CLIENT, &address.to_string());
    }
    host.set_property(CLIENT_SOURCE, client.source.as_str());
}

/// The head of the request that a host is at.
struct Head<'h, H> {
    host: &'h H,
    facts: &'h Facts<'h>,
}

impl<H: Host> Request for Head<'_, H> {
    fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>> {
        let value = match header {
            Header::Authority => self.host.header(":authority").map(text),
            Header::Path => self.host.header(":path").map(text),
            Header::ForwardedProto => return self.facts.forwarded_proto.map(String::from_utf8_lossy),
            Header::ForwardedFor => self.host.header("x-forwarded-for").and_then(as_received),
            Header::Named(name) => self.host.headers(name).map(text),
        };
        value.map(Cow::Owned)
    }
}

/// Envoy has appended the address that the connection came from before any filter runs.
fn as_received(forwarded_for: Vec<u8>) -> Option<String> {
    let mut list = list(forwarded_for);
    let received = list.rfind(',')?;
    list.truncate(received);
    Some(list)
}

/// A client's bytes that are no text must not spoil the words that proxies of ours put behind them.
fn list(value: Vec<u8>) -> String {
    String::from_utf8(value).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn text(value: Vec<u8>) -> String {
    String::from_utf8(value).unwrap_or_default()
}

/// Counts what trusted proxies write and nobody can use.
struct Count<'h, H>(&'h H);

impl<H: Host> Trace for Count<'_, H> {
    fn step(&mut self, step: Step<'_>) {
        if let Step::Malformed(header) = step {
            self.0.count(match header {
                Header::ForwardedProto => Counter::MalformedForwardedProto,
                Header::ForwardedFor => Counter::MalformedForwardedFor,
                Header::Authority | Header::Path | Header::Named(_) => Counter::MalformedClientHeader,
            });
        }
    }
}

/// Answers a request that could not be judged.
pub(crate) fn refuse(host: &impl Host) -> Flow {
    host.count(Counter::Unjudged);
    host.respond(503, &[]);
    Flow::Answered
}

#[cfg(test)]
mod tests;
