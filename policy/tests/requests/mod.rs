//! Requests that are permitted, one for each kind of evidence.

use std::borrow::Cow;

use isoline_policy::{Connection, Header, Listener, LoadBalancer, ProxyHeader, Request, RoutePolicy};

/// A head whose headers stand in memory, as in Envoy.
pub(crate) struct Head(&'static [(&'static str, &'static str)]);

impl Request for Head {
    fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>> {
        let name = match header {
            Header::Authority => ":authority",
            Header::Path => ":path",
            Header::ForwardedProto => "x-forwarded-proto",
            Header::ForwardedFor => "x-forwarded-for",
            Header::Named(name) => name,
        };
        let found = self.0.iter().find(|(it, _)| *it == name);
        found.map(|(_, value)| Cow::Borrowed(*value))
    }
}

/// All that a decision is made from.
pub(crate) struct Asked {
    pub(crate) connection: Connection,
    pub(crate) request: Head,
    pub(crate) policy: RoutePolicy,
    pub(crate) front: LoadBalancer,
}

fn asked(front: &str, policy: &str, headers: &'static [(&'static str, &'static str)]) -> Asked {
    let front: LoadBalancer = serde_json::from_str(front).unwrap();
    let is_announced = front.proxy_protocol != isoline_policy::ProxyProtocol::Off;
    Asked {
        connection: Connection {
            listener: Listener::Http,
            peer: Some([10, 0, 0, 7].into()),
            proxy: is_announced.then(|| ProxyHeader {
                source: Some([203, 0, 113, 7].into()),
                destination_port: 443,
                ended_tls: false,
            }),
        },
        request: Head(headers),
        policy: serde_json::from_str(policy).unwrap(),
        front,
    }
}

/// Each with a name.
pub(crate) fn permitted() -> [(&'static str, Asked); 4] {
    let redirect = r#"{"insecure":{"Redirect":{"statusCode":301}}}"#;
    let lists = r#"{"insecure":{"Redirect":{"statusCode":301}},"access":[
        {"deny":[{"Client":"192.0.2.0/24"},{"Peer":"192.0.2.0/24"}]},
        {"allow":[{"Client":"2001:db8::/32"},{"Client":"198.51.100.0/24"},{"Client":"203.0.113.0/24"}]}]}"#;
    let named = r#"{"insecure":"Allow","clientIp":{"Header":{"name":"cf-connecting-ip"}}}"#;
    let proxy = r#"{"mode":"L4TLS","proxyProtocol":"Required"}"#;
    let hops = r#"{"mode":"L7","trusted":{"hops":2}}"#;
    let networks = r#"{"mode":"L7","trusted":{"cidrs":["10.0.0.0/8","198.51.100.0/24"]}}"#;
    let words: &[_] = &[
        ("x-forwarded-proto", "http, https"),
        ("x-forwarded-for", "192.0.2.9, 203.0.113.7, 198.51.100.1"),
        ("cf-connecting-ip", "203.0.113.7"),
    ];
    [
        ("by the PROXY header", asked(proxy, redirect, &[])),
        ("by trusted hops, with lists", asked(hops, lists, words)),
        ("by trusted networks, with lists", asked(networks, lists, words)),
        ("by a header of the client", asked(networks, named, words)),
    ]
}
