//! Judges requests: finds the route's policy, gathers the facts, lets `isoline-policy` decide, acts on the decision.

use std::cell::RefCell;
use std::rc::Rc;

use isoline_policy::handover::{
    FORWARDED_PROTO_HEADER, LOCAL_PORT_STATE, METADATA_KEY, METADATA_NAMESPACE, PEER_STATE, SCHEME_PROPERTY,
    listener_of_chain,
};
use isoline_policy::{Decision, Facts, LoadBalancer, ProxyHeader, ProxyProtocol, Request, RoutePolicy, decide};

use crate::cache::Cache;
use crate::host::Host;

/// What Envoy shall do with the request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Pass it on.
    Continue,
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
    #[error("no listener has a filter chain named {0:?}")]
    Listener(String),
    #[error("the ports of the connection are not known")]
    Ports,
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
            Ok(None) => Flow::Continue,
            Ok(Some(decision)) => act(&decision, host),
            Err(reason) => {
                host.warn(&reason.to_string());
                refuse(host)
            }
        }
    }

    /// The decision, if the route asks for one.
    fn judge(&self, host: &impl Host) -> Result<Option<Decision>, Unjudged> {
        let Some(policy) = self.policy(host)? else {
            return Ok(None);
        };
        // Where nobody is trusted, neither the header nor who sent it can count: two calls less.
        let trusts = !self.load_balancer.trusted.is_empty();
        let forwarded_proto = trusts.then(|| host.header(FORWARDED_PROTO_HEADER)).flatten();
        let peer = trusts.then(|| host.property(&["filter_state", PEER_STATE])).flatten();
        let (authority, path) = (host.header(":authority"), host.header(":path"));
        let facts = Facts {
            listener: listener(host)?,
            proxy: self.proxy(host)?,
            peer: text(peer.as_deref()).parse().ok(),
            forwarded_proto: forwarded_proto.as_deref().map(|value| text(Some(value))),
        };
        let request = Request {
            authority: text(authority.as_deref()),
            path_and_query: text(path.as_deref()),
        };
        Ok(Some(decide(&facts, &request, &policy, &self.load_balancer)))
    }

    fn policy(&self, host: &impl Host) -> Result<Option<Rc<RoutePolicy>>, Unjudged> {
        let metadata = [
            "xds",
            "route_metadata",
            "filter_metadata",
            METADATA_NAMESPACE,
            METADATA_KEY,
        ];
        let [namespace @ .., _] = &metadata;
        if let Some(text) = host.property(&metadata) {
            return Ok(Some(self.policies.borrow_mut().decode(text)?));
        }
        if host.property(namespace).is_some() {
            return Err(Unjudged::NoText);
        }
        if host.property(&["xds", "virtual_host_name"]).is_none() {
            return Err(Unjudged::NoRoute);
        }
        Ok(None)
    }

    /// The PROXY header shows in the destination port, which is then the load balancer's and not Envoy's own.
    fn proxy(&self, host: &impl Host) -> Result<Option<ProxyHeader>, Unjudged> {
        if self.load_balancer.proxy_protocol == ProxyProtocol::Off {
            return Ok(None);
        }
        let destination_port = destination_port(host).ok_or(Unjudged::Ports)?;
        let local_port: u16 = text(host.property(&["filter_state", LOCAL_PORT_STATE]).as_deref())
            .parse()
            .map_err(|_| Unjudged::Ports)?;
        Ok((destination_port != local_port).then_some(ProxyHeader { destination_port }))
    }
}

fn listener(host: &impl Host) -> Result<isoline_policy::Listener, Unjudged> {
    let chain = host.property(&["xds", "filter_chain_name"]);
    let chain = text(chain.as_deref());
    listener_of_chain(chain).ok_or_else(|| Unjudged::Listener(chain.to_owned()))
}

fn destination_port(host: &impl Host) -> Option<u16> {
    let bytes = host.property(&["destination", "port"])?.try_into().ok()?;
    i64::from_le_bytes(bytes).try_into().ok()
}

/// Absent values and those that are not UTF-8 are taken as empty: `decide` believes no empty header, and refuses to
/// build a redirect from an empty host or path.
fn text(value: Option<&[u8]>) -> &str {
    value.and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
}

fn act(decision: &Decision, host: &impl Host) -> Flow {
    match decision {
        Decision::Continue { scheme } => {
            // The route writes the header from this property. If the filter did, Envoy would select a route anew, and
            // nobody would judge that one's policy.
            host.set_property(SCHEME_PROPERTY, scheme.as_str());
            Flow::Continue
        }
        Decision::Redirect { status_code, location } => {
            host.respond((*status_code).into(), &[("location", location)]);
            Flow::Answered
        }
        Decision::Deny => {
            host.respond(403, &[]);
            Flow::Answered
        }
    }
}

/// Answers a request that could not be judged.
pub(crate) fn refuse(host: &impl Host) -> Flow {
    host.respond(503, &[]);
    Flow::Answered
}

#[cfg(test)]
mod tests;
