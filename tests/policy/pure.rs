//! Every case through the pure function.

use std::borrow::Cow;

use isoline_policy::{Connection, Decision, Header, LoadBalancer, ProxyHeader, Request, Scheme, decide, forwarded_for};

use crate::{
    case::{self, Case, Proxy, Way},
    expected::{HOST, Outcome, Told, expected},
    front::{FRONTS, STRANGER, TRUSTED_PEER, settings},
};

impl Request for Case {
    fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>> {
        match header {
            Header::Authority => Some(HOST.into()),
            Header::Path => Some(format!("{}?b=%20c", self.route.path()).into()),
            Header::ForwardedProto => self.forwarded_proto.map(Cow::from),
            Header::ForwardedFor => self.forwarded_for.map(Cow::from),
            Header::Named(_) => (!self.client_header.is_empty()).then(|| self.client_header.join(",").into()),
        }
    }
}

fn decided(case: &Case, front: &LoadBalancer) -> Outcome {
    let policy = case.route.policy();
    let connection = Connection {
        listener: case.way.listener(),
        peer: Some(if case.peer_is_ours { TRUSTED_PEER } else { STRANGER }.into()),
        proxy: case
            .proxy
            .announces()
            .map(|(source, destination_port, ended_tls)| ProxyHeader {
                source: Some(source),
                destination_port,
                ended_tls,
            }),
    };
    let judgement = decide(&connection, case, &policy, front, &mut ());
    let scheme = judgement.scheme;
    match judgement.decision {
        Decision::Redirect { status_code, location } => Outcome::Redirected(status_code.into(), location),
        Decision::Deny(_) => Outcome::Denied,
        Decision::Continue => {
            let told = judgement.client.zip(policy.forward);
            Outcome::Served(Told {
                scheme: scheme.as_str(),
                forwarded_for: told.and_then(|(client, _)| forwarded_for(&connection, case, &client, &policy, front)),
                real_ip: told.and_then(|(client, forward)| {
                    let address = client.address.filter(|_| forward.x_real_ip);
                    address.map(|address| address.to_string())
                }),
                forwarded_port: told.map(|_| {
                    let ports = front.external_ports;
                    let port = if scheme == Scheme::Https {
                        ports.https
                    } else {
                        ports.http
                    };
                    port.to_string()
                }),
                strict_transport_security: policy
                    .strict_transport_security
                    .filter(|_| scheme == Scheme::Https)
                    .map(|_| crate::route::HSTS),
            })
        }
    }
}

/// Connections that never come to a request are nothing to it.
#[test]
fn every_case_is_decided_as_the_table_says() {
    let mut cases = 0;
    for front in FRONTS {
        let front = settings(front);
        for case in case::all() {
            let is_request = case.proxy != Proxy::Truncated && !matches!(case.way, Way::OtherSni | Way::UnknownSni);
            let expected = expected(&case, &front);
            if !is_request || expected == Outcome::Nothing {
                continue;
            }
            assert_eq!(decided(&case, &front), expected, "{case:?} behind {front:?}");
            cases += 1;
        }
    }
    eprintln!("{cases} cases");
    assert!(cases > 500_000, "{cases}");
}
