//! The routes of the shop: as their authors write them, and as the filter would be told.

use isoline_policy::{
    Access, Addresses, ClientIp, Forward, ForwardedFor, Insecure, RedirectStatus, RoutePolicy, Trusted,
};
use isoline_tests::objects::{self, NAMESPACE};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Served in cleartext.
    Permit,
    Redirect,
    Deny,
    /// `ipAllowPolicy` of the HTTPProxy, by the client's address.
    AllowClient,
    /// `ipDenyPolicy` of the HTTPProxy, by the client's address.
    DenyClient,
    /// `ipAllowPolicy` of the HTTPProxy, by the peer's address.
    AllowPeer,
    /// Lists of a RoutePolicy, and a redirect.
    Access,
    /// Auto, and appended to what trusted proxies wrote.
    Append,
    /// One trusted hop, alone in `X-Forwarded-For`.
    Hop,
    /// A header of trusted networks.
    Header,
    /// The peer, and nothing in `X-Forwarded-For`.
    Peer,
}

pub(crate) const CLIENTS: [&str; 2] = ["203.0.113.0/24", "2001:db8::/32"];
pub(crate) const DENIED: &str = "203.0.113.9/32";
pub(crate) const PEERS: &str = "127.0.0.2/32";
/// Denied by the host, on routes without a list of their own.
pub(crate) const UNWANTED: &str = "192.0.2.0/24";
pub(crate) const HEADER: &str = "x-client-ip";
pub(crate) const HEADER_NETWORKS: [&str; 2] = ["127.0.0.2/32", "198.51.100.0/24"];
pub(crate) const HSTS: &str = "max-age=600; includeSubDomains";

impl Route {
    pub(crate) const ALL: [Self; 11] = [
        Self::Permit,
        Self::Redirect,
        Self::Deny,
        Self::AllowClient,
        Self::DenyClient,
        Self::AllowPeer,
        Self::Access,
        Self::Append,
        Self::Hop,
        Self::Header,
        Self::Peer,
    ];

    /// Whether its policy says what the backend is told of the client.
    pub(crate) fn tells_client(self) -> bool {
        matches!(self, Self::Append | Self::Hop | Self::Header | Self::Peer)
    }

    /// Whether it has a list of its own in the HTTPProxy, which replaces the host's.
    pub(crate) fn has_list(self) -> bool {
        matches!(self, Self::AllowClient | Self::DenyClient | Self::AllowPeer)
    }

    pub(crate) fn path(self) -> String {
        format!("/route-{self:?}").to_lowercase()
    }

    /// The route in the HTTPProxy.
    pub(crate) fn route(self) -> Value {
        let mut route = objects::route(&self.path(), "shop");
        route["permitInsecure"] = (self == Self::Permit || self.spec().is_null()).into();
        let clients = CLIENTS.map(|cidr| json!({"source": "Remote", "cidr": cidr}));
        match self {
            Self::AllowClient => route["ipAllowPolicy"] = json!(clients),
            Self::DenyClient => route["ipDenyPolicy"] = json!(clients),
            Self::AllowPeer => route["ipAllowPolicy"] = json!([{"source": "Peer", "cidr": PEERS}]),
            _ => {}
        }
        route
    }

    /// What its RoutePolicy says, if it has one.
    fn spec(self) -> Value {
        match self {
            Self::Permit | Self::AllowClient | Self::DenyClient | Self::AllowPeer => Value::Null,
            Self::Redirect => json!({"insecure": {"action": "Redirect", "statusCode": 308}}),
            Self::Deny => json!({"insecure": {"action": "Deny"}}),
            Self::Access => json!({
                "insecure": {"action": "Redirect"},
                "access": {"allow": CLIENTS, "deny": [DENIED]},
            }),
            Self::Append => json!({
                "insecure": {"action": "Allow"},
                "clientIP": {"forward": {"xForwardedFor": "Append", "xRealIP": true}},
                "strictTransportSecurity": {"maxAge": "600s", "includeSubDomains": true},
            }),
            Self::Hop => json!({
                "insecure": {"action": "Allow"},
                "clientIP": {"source": "ForwardedFor", "trustedHops": 1, "forward": {"xForwardedFor": "Replace"}},
            }),
            Self::Header => json!({
                "insecure": {"action": "Allow"},
                "clientIP": {
                    "source": "Header", "header": {"name": "X-Client-IP", "trustedCIDRs": HEADER_NETWORKS},
                    "forward": {"xForwardedFor": "Replace", "xRealIP": true},
                },
                "access": {"allow": CLIENTS},
            }),
            Self::Peer => json!({
                "insecure": {"action": "Allow"},
                "clientIP": {"source": "Peer", "forward": {"xForwardedFor": "Remove", "xRealIP": true}},
                "access": {"deny": ["127.0.0.1"]},
            }),
        }
    }

    /// Its RoutePolicy.
    pub(crate) fn object(self) -> Option<Value> {
        let mut spec = self.spec();
        if spec.is_null() {
            return None;
        }
        spec["targetRefs"] = json!([{"group": "projectcontour.io", "kind": "HTTPProxy", "name": "shop"}]);
        spec["conditions"] = json!([{"prefix": self.path()}]);
        let name = self.path().trim_start_matches('/').to_owned();
        Some(json!({
            "apiVersion": "isoline.dev/v1alpha1", "kind": "RoutePolicy",
            "metadata": {"namespace": NAMESPACE, "name": name}, "spec": spec,
        }))
    }

    /// What the pure function is told of it.
    pub(crate) fn policy(self) -> RoutePolicy {
        let mut policy = self.own_policy();
        if !self.has_list() {
            policy.access.push(Access {
                deny: vec![Addresses::Client(UNWANTED.parse().expect("a network"))],
                allow: Vec::new(),
            });
        }
        policy
    }

    fn own_policy(self) -> RoutePolicy {
        let net = |cidr: &str| cidr.parse().expect("a network");
        let client = |cidr: &&str| Addresses::Client(net(cidr));
        let clients: Vec<_> = CLIENTS.iter().map(client).collect();
        let allow = |allow| Access {
            allow,
            deny: Vec::new(),
        };
        let deny = |deny| Access {
            deny,
            allow: Vec::new(),
        };
        let open = RoutePolicy::of(Insecure::Allow);
        let forward = |x_forwarded_for, x_real_ip| {
            Some(Forward {
                x_forwarded_for,
                x_real_ip,
            })
        };
        match self {
            Self::Permit => open,
            Self::Redirect => RoutePolicy::of(Insecure::Redirect {
                status_code: RedirectStatus::PermanentRedirect,
            }),
            Self::Deny => RoutePolicy::of(Insecure::Deny),
            Self::AllowClient => RoutePolicy {
                access: vec![allow(clients)],
                ..open
            },
            Self::DenyClient => RoutePolicy {
                access: vec![deny(clients)],
                ..open
            },
            Self::AllowPeer => RoutePolicy {
                access: vec![allow(vec![Addresses::Peer(net(PEERS))])],
                ..open
            },
            Self::Access => RoutePolicy {
                insecure: Insecure::Redirect {
                    status_code: RedirectStatus::MovedPermanently,
                },
                access: vec![Access {
                    allow: clients,
                    deny: vec![client(&DENIED)],
                }],
                ..open
            },
            Self::Append => RoutePolicy {
                forward: forward(ForwardedFor::Append, true),
                strict_transport_security: Some(HSTS.to_owned()),
                ..open
            },
            Self::Hop => RoutePolicy {
                client_ip: Some(ClientIp::ForwardedFor(Trusted {
                    hops: 1,
                    cidrs: Vec::new(),
                })),
                forward: forward(ForwardedFor::Replace, false),
                ..open
            },
            Self::Header => RoutePolicy {
                client_ip: Some(ClientIp::Header {
                    name: HEADER.to_owned(),
                    trusted_cidrs: HEADER_NETWORKS.map(net).into(),
                }),
                forward: forward(ForwardedFor::Replace, true),
                access: vec![allow(clients)],
                ..open
            },
            Self::Peer => RoutePolicy {
                client_ip: Some(ClientIp::Peer),
                forward: forward(ForwardedFor::Remove, true),
                access: vec![deny(vec![Addresses::Client(net("127.0.0.1/32"))])],
                ..open
            },
        }
    }
}
