//! Every combination of listener, settings, PROXY header, peer and `X-Forwarded-Proto`, against the order of evidence
//! written down as a table: each kind of evidence votes or abstains, and the first vote in the listener's row counts.

use std::net::IpAddr;

use isoline_policy::{
    Decision, ExternalPorts, Facts, Insecure, Listener, LoadBalancer, Mode, ProxyHeader, ProxyProtocol, RedirectStatus,
    Request, RoutePolicy, Scheme, Trusted, certain_scheme, classify, decide,
};
use proptest::prelude::*;

const LISTENERS: [Listener; 3] = [Listener::Http, Listener::Https, Listener::TlsOffload];
const MODES: [Mode; 5] = [Mode::Auto, Mode::None, Mode::L4, Mode::L4Tls, Mode::L7];
const PROXY_PROTOCOLS: [ProxyProtocol; 3] = [ProxyProtocol::Off, ProxyProtocol::Optional, ProxyProtocol::Required];
const DESTINATION_PORTS: [Option<u16>; 4] = [None, Some(80), Some(443), Some(8443)];
const TLS_PORTS: [&[u16]; 3] = [&[], &[443], &[443, 8443]];

/// Trusted hops, trusted networks.
const TRUSTED: [(u32, &[&str]); 4] = [
    (0, &[]),
    (0, &["10.0.0.0/8", "fd00::/8"]),
    (1, &[]),
    (2, &["10.0.0.0/8"]),
];

/// A peer, and whether the networks in [`TRUSTED`] hold it.
const PEERS: [(Option<&str>, bool); 6] = [
    (None, false),
    (Some("10.1.2.3"), true),
    (Some("::ffff:10.1.2.3"), true),
    (Some("fd00::1"), true),
    (Some("203.0.113.9"), false),
    (Some("2001:db8::1"), false),
];

/// `X-Forwarded-Proto`, and what it says to one who believes it.
const HEADERS: [(Option<&str>, Option<Scheme>); 14] = [
    (None, None),
    (Some(""), None),
    (Some("http"), Some(Scheme::Http)),
    (Some("https"), Some(Scheme::Https)),
    (Some("HttpS"), Some(Scheme::Https)),
    (Some("https,http"), Some(Scheme::Http)),
    (Some("http, https "), Some(Scheme::Https)),
    (Some("junk,\thttps"), Some(Scheme::Https)),
    (Some("https,junk"), None),
    (Some("https,"), None),
    (Some("https http"), None),
    (Some("https://"), None),
    (Some("\"https\""), None),
    (Some("ſttps\u{0}"), None),
];

#[derive(Clone, Copy)]
enum Evidence {
    ProxyPort,
    ForwardedProto,
    Always(Scheme),
}

/// Whose vote counts first, second and third.
fn order(listener: Listener, mode: Mode) -> &'static [Evidence] {
    use Evidence::{Always, ForwardedProto, ProxyPort};
    match (listener, mode) {
        (Listener::Http, _) => &[ProxyPort, ForwardedProto, Always(Scheme::Http)],
        (Listener::Https | Listener::TlsOffload, Mode::L7) => &[ForwardedProto, Always(Scheme::Https)],
        (Listener::Https | Listener::TlsOffload, _) => &[Always(Scheme::Https)],
    }
}

/// One request, and what the tables above say of it.
struct Observed {
    facts: Facts<'static>,
    peer_in_cidrs: bool,
    header_says: Option<Scheme>,
}

/// One cell: a request under some settings.
struct Case<'a> {
    observed: &'a Observed,
    settings: &'a LoadBalancer,
}

impl Case<'_> {
    fn expected(&self) -> Scheme {
        let votes = order(self.observed.facts.listener, self.settings.mode)
            .iter()
            .filter_map(|evidence| self.vote(*evidence));
        votes.into_iter().next().expect("every row ends with a vote")
    }

    fn vote(&self, evidence: Evidence) -> Option<Scheme> {
        match evidence {
            Evidence::ProxyPort => {
                let port = self.announced()?;
                self.settings.tls_ports.contains(&port).then_some(Scheme::Https)
            }
            Evidence::ForwardedProto => self.observed.header_says.filter(|_| self.header_is_believed()),
            Evidence::Always(scheme) => Some(scheme),
        }
    }

    fn announced(&self) -> Option<u16> {
        match self.settings.proxy_protocol {
            ProxyProtocol::Off => None,
            ProxyProtocol::Optional | ProxyProtocol::Required => Some(self.observed.facts.proxy?.destination_port),
        }
    }

    fn header_is_believed(&self) -> bool {
        let Trusted { hops, cidrs } = &self.settings.trusted;
        match (hops, cidrs.is_empty(), self.announced(), self.settings.mode) {
            (1.., ..) => true,
            (0, true, ..) | (0, false, Some(_), Mode::Auto | Mode::None | Mode::L4 | Mode::L4Tls) => false,
            (0, false, None, _) | (0, false, Some(_), Mode::L7) => self.observed.peer_in_cidrs,
        }
    }
}

fn all_settings() -> Vec<LoadBalancer> {
    let mut all = Vec::new();
    for mode in MODES {
        for proxy_protocol in PROXY_PROTOCOLS {
            for tls_ports in TLS_PORTS.map(<[u16]>::to_vec) {
                for (hops, cidrs) in TRUSTED {
                    let cidrs = cidrs.iter().map(|cidr| cidr.parse().expect("a network")).collect();
                    all.push(LoadBalancer {
                        mode,
                        proxy_protocol,
                        tls_ports: tls_ports.clone(),
                        trusted: Trusted { hops, cidrs },
                        external_ports: ExternalPorts::default(),
                    });
                }
            }
        }
    }
    all
}

fn all_requests(listener: Listener) -> Vec<Observed> {
    let mut all = Vec::new();
    for port in DESTINATION_PORTS {
        for (peer, peer_in_cidrs) in PEERS {
            for (forwarded_proto, header_says) in HEADERS {
                let proxy = port.map(|destination_port| ProxyHeader { destination_port });
                let peer = peer.map(|peer| peer.parse().expect("an address"));
                all.push(Observed {
                    facts: Facts {
                        listener,
                        proxy,
                        peer,
                        forwarded_proto,
                    },
                    peer_in_cidrs,
                    header_says,
                });
            }
        }
    }
    all
}

#[test]
fn every_cell_agrees_with_the_order_of_evidence() {
    let mut seen = [0, 0];
    for settings in &all_settings() {
        for observed in LISTENERS.iter().flat_map(|listener| all_requests(*listener)) {
            let scheme = classify(&observed.facts, settings);
            assert_eq!(
                scheme,
                Case {
                    observed: &observed,
                    settings
                }
                .expected(),
                "{:?} under {settings:?}",
                observed.facts
            );
            seen[usize::from(scheme == Scheme::Https)] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 10_000), "{seen:?}");
}

#[test]
fn a_listener_is_certain_exactly_when_no_cell_differs() {
    for settings in all_settings() {
        for listener in LISTENERS {
            let requests = all_requests(listener);
            let answers: Vec<_> = requests
                .iter()
                .map(|observed| classify(&observed.facts, &settings))
                .collect();
            let only = answers.iter().all(|answer| *answer == answers[0]).then_some(answers[0]);
            assert_eq!(
                certain_scheme(listener, &settings),
                only,
                "{listener:?} under {settings:?}"
            );
        }
    }
}

#[test]
fn a_policy_touches_cleartext_only() {
    let request = Request {
        authority: "shop.example.com:8080",
        path_and_query: "/a?b=c",
    };
    let status_code = RedirectStatus::PermanentRedirect;
    let redirect = Decision::Redirect {
        status_code,
        location: "https://shop.example.com/a?b=c".into(),
    };
    for settings in &all_settings() {
        for observed in LISTENERS.iter().flat_map(|listener| all_requests(*listener)) {
            let facts = &observed.facts;
            let served = Decision::Continue {
                scheme: classify(facts, settings),
            };
            for (insecure, in_cleartext) in [
                (Insecure::Allow, &served),
                (Insecure::Deny, &Decision::Deny),
                (Insecure::Redirect { status_code }, &redirect),
            ] {
                let is_cleartext = served == Decision::Continue { scheme: Scheme::Http };
                let expect = if is_cleartext { in_cleartext } else { &served };
                assert_eq!(&decide(facts, &request, &RoutePolicy::of(insecure), settings), expect);
            }
        }
    }
}

#[test]
fn a_redirect_without_a_safe_location_is_refused() {
    let facts = Facts {
        listener: Listener::Http,
        proxy: None,
        peer: None,
        forwarded_proto: None,
    };
    let policy = RoutePolicy::of(Insecure::Redirect {
        status_code: RedirectStatus::default(),
    });
    for (authority, path_and_query) in [("shop@evil.example", "/"), ("", "/"), ("shop.example.com", "*")] {
        let request = Request {
            authority,
            path_and_query,
        };
        assert_eq!(
            decide(&facts, &request, &policy, &LoadBalancer::default()),
            Decision::Deny
        );
    }
}

fn any_settings() -> impl Strategy<Value = LoadBalancer> {
    prop::sample::select(all_settings())
}

fn any_listener() -> impl Strategy<Value = Listener> {
    prop::sample::select(&LISTENERS[..])
}

fn any_header() -> impl Strategy<Value = Option<String>> {
    let elements = prop::collection::vec(prop_oneof!["https", "http", "[hH][tT]{2}[pP][sS]?", ".{0,6}"], 0..5);
    prop::option::of(elements.prop_map(|elements| elements.join(",")))
}

proptest! {
    #[test]
    fn a_header_from_an_untrusted_peer_changes_nothing(
        listener in any_listener(), settings in any_settings(), port: Option<u16>, peer: [u8; 4], header in any_header(),
    ) {
        prop_assume!(peer[0] != 10 && settings.trusted.hops == 0);
        let facts = Facts {
            listener,
            proxy: port.map(|destination_port| ProxyHeader { destination_port }),
            peer: Some(IpAddr::from(peer)),
            forwarded_proto: header.as_deref(),
        };
        let without = Facts { forwarded_proto: None, ..facts };
        prop_assert_eq!(classify(&facts, &settings), classify(&without, &settings));
    }

    #[test]
    fn a_certain_scheme_holds_for_every_request(
        listener in any_listener(), settings in any_settings(), port: Option<u16>, peer: Option<IpAddr>, header in any_header(),
    ) {
        let proxy = port.map(|destination_port| ProxyHeader { destination_port });
        let facts = Facts { listener, proxy, peer, forwarded_proto: header.as_deref() };
        if let Some(scheme) = certain_scheme(listener, &settings) {
            prop_assert_eq!(classify(&facts, &settings), scheme);
        }
    }

    #[test]
    fn hostile_words_get_an_answer(
        settings in any_settings(), header: Option<String>, authority: String, path_and_query: String,
    ) {
        let facts = Facts { listener: Listener::Http, proxy: None, peer: None, forwarded_proto: header.as_deref() };
        let request = Request { authority: &authority, path_and_query: &path_and_query };
        let decision = decide(&facts, &request, &RoutePolicy::of(Insecure::Deny), &settings);
        prop_assert_eq!(decision == Decision::Deny, classify(&facts, &settings) == Scheme::Http);
    }
}
