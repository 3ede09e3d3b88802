//! Every combination of listener, settings, PROXY header, peer and `X-Forwarded-Proto`, against the order of evidence
//! written down as a table: each kind of evidence votes or abstains, and the first vote in the listener's row counts.

use std::{borrow::Cow, net::IpAddr};

use isoline_policy::{
    Connection, Decision, Denial, ExternalPorts, Header, Insecure, Listener, LoadBalancer, Mode, ProxyHeader,
    ProxyProtocol, RedirectStatus, Request, RoutePolicy, Scheme, Trusted, certain_scheme, classify, decide,
};
use proptest::prelude::*;

const MODES: [Mode; 5] = [Mode::Auto, Mode::None, Mode::L4, Mode::L4Tls, Mode::L7];
const PROXY_PROTOCOLS: [ProxyProtocol; 3] = [ProxyProtocol::Off, ProxyProtocol::Optional, ProxyProtocol::Required];
/// A PROXY header: where it says the connection came from, the port in it, and its SSL TLV.
const PROXIES: [Option<(&str, u16, bool)>; 6] = [
    None,
    Some(("203.0.113.9", 80, false)),
    Some(("203.0.113.9", 443, false)),
    Some(("203.0.113.9", 8443, false)),
    Some(("10.9.9.9", 80, false)),
    Some(("203.0.113.9", 80, true)),
];
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
    ProxyTls,
    ForwardedProto,
    Always(Scheme),
}

/// Whose vote counts first, second and third.
fn order(listener: Listener, mode: Mode) -> &'static [Evidence] {
    use Evidence::{Always, ForwardedProto, ProxyPort, ProxyTls};
    match (listener, mode) {
        (Listener::Http, _) => &[ProxyPort, ProxyTls, ForwardedProto, Always(Scheme::Http)],
        (Listener::Https | Listener::TlsOffload, Mode::L7) => &[ForwardedProto, Always(Scheme::Https)],
        (Listener::Https | Listener::TlsOffload, _) => &[Always(Scheme::Https)],
    }
}

/// One request, and what the tables above say of it.
struct Observed {
    connection: Connection,
    forwarded_proto: Option<&'static str>,
    peer_in_cidrs: bool,
    header_says: Option<Scheme>,
}

impl Request for Observed {
    fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>> {
        match header {
            Header::Authority => Some("shop.example.com:8080".into()),
            Header::Path => Some("/a?b=c".into()),
            Header::ForwardedProto => self.forwarded_proto.map(Cow::from),
            Header::ForwardedFor | Header::Named(_) => panic!("{header} is nobody's business here"),
        }
    }
}

/// Headers that may not be looked at.
struct Unread;

impl Request for Unread {
    fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>> {
        panic!("{header} is read")
    }
}

/// One cell: a request under some settings.
struct Case<'a> {
    observed: &'a Observed,
    settings: &'a LoadBalancer,
}

impl Case<'_> {
    fn expected(&self) -> Scheme {
        let votes = order(self.observed.connection.listener, self.settings.mode)
            .iter()
            .filter_map(|evidence| self.vote(*evidence));
        votes.into_iter().next().expect("every row ends with a vote")
    }

    fn vote(&self, evidence: Evidence) -> Option<Scheme> {
        match evidence {
            Evidence::ProxyPort => {
                let port = self.announced()?.destination_port;
                self.settings.tls_ports.contains(&port).then_some(Scheme::Https)
            }
            Evidence::ProxyTls => self.announced()?.ended_tls.then_some(Scheme::Https),
            Evidence::ForwardedProto => self.observed.header_says.filter(|_| self.header_is_believed()),
            Evidence::Always(scheme) => Some(scheme),
        }
    }

    fn announced(&self) -> Option<ProxyHeader> {
        match self.settings.proxy_protocol {
            ProxyProtocol::Off => None,
            ProxyProtocol::Optional | ProxyProtocol::Required => self.observed.connection.proxy,
        }
    }

    fn header_is_believed(&self) -> bool {
        let Trusted { hops, cidrs } = &self.settings.trusted;
        match (hops, cidrs.is_empty(), self.announced(), self.settings.mode) {
            (1.., ..) => true,
            (0, true, ..) => false,
            // Its clients speak for themselves: those of ours are believed.
            (0, false, Some(proxy), Mode::Auto | Mode::None | Mode::L4 | Mode::L4Tls) => {
                proxy.source == Some([10, 9, 9, 9].into())
            }
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
    for proxy in PROXIES {
        for (peer, peer_in_cidrs) in PEERS {
            for (forwarded_proto, header_says) in HEADERS {
                let address = |text: &str| text.parse().expect("an address");
                let proxy = proxy.map(|(source, destination_port, ended_tls)| ProxyHeader {
                    source: Some(address(source)),
                    destination_port,
                    ended_tls,
                });
                let peer = peer.map(address);
                all.push(Observed {
                    connection: Connection { listener, peer, proxy },
                    forwarded_proto,
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
        for observed in Listener::ALL.into_iter().flat_map(all_requests) {
            let scheme = classify(&observed.connection, &observed, settings, &mut ());
            let case = Case {
                observed: &observed,
                settings,
            };
            assert_eq!(scheme, case.expected(), "{:?} under {settings:?}", observed.connection);
            if !case.header_is_believed() {
                assert_eq!(classify(&observed.connection, &Unread, settings, &mut ()), scheme);
            }
            seen[usize::from(scheme == Scheme::Https)] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 10_000), "{seen:?}");
}

#[test]
fn a_listener_is_certain_exactly_when_no_cell_differs() {
    for settings in all_settings() {
        for listener in Listener::ALL {
            let requests = all_requests(listener);
            let answers: Vec<_> = requests
                .iter()
                .map(|observed| classify(&observed.connection, observed, &settings, &mut ()))
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
    let status_code = RedirectStatus::PermanentRedirect;
    let redirect = Decision::Redirect {
        status_code,
        location: "https://shop.example.com/a?b=c".into(),
    };
    for settings in &all_settings() {
        for observed in Listener::ALL.into_iter().flat_map(all_requests) {
            let connection = &observed.connection;
            let scheme = classify(connection, &observed, settings, &mut ());
            let served = Decision::Continue;
            for (insecure, in_cleartext) in [
                (Insecure::Allow, &served),
                (Insecure::Deny, &Decision::Deny(Denial::Insecure)),
                (Insecure::Redirect { status_code }, &redirect),
            ] {
                let expect = if scheme == Scheme::Http { in_cleartext } else { &served };
                let policy = RoutePolicy::of(insecure);
                let judgement = decide(connection, &observed, &policy, settings, &mut ());
                assert_eq!((judgement.scheme, &judgement.decision), (scheme, expect));
            }
        }
    }
}

/// A request whose every header is known.
struct Written<'a> {
    authority: &'a str,
    path_and_query: &'a str,
    forwarded_proto: Option<&'a str>,
}

impl Request for Written<'_> {
    fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>> {
        match header {
            Header::Authority => Some(self.authority.into()),
            Header::Path => Some(self.path_and_query.into()),
            Header::ForwardedProto => self.forwarded_proto.map(Cow::from),
            Header::ForwardedFor | Header::Named(_) => None,
        }
    }
}

fn cleartext() -> Connection {
    Connection {
        listener: Listener::Http,
        peer: None,
        proxy: None,
    }
}

#[test]
fn a_redirect_without_a_safe_location_is_refused() {
    let policy = RoutePolicy::of(Insecure::Redirect {
        status_code: RedirectStatus::default(),
    });
    for (authority, path_and_query) in [("shop@evil.example", "/"), ("", "/"), ("shop.example.com", "*")] {
        let request = Written {
            authority,
            path_and_query,
            forwarded_proto: None,
        };
        let mut trace = Vec::<String>::new();
        assert_eq!(
            decide(&cleartext(), &request, &policy, &LoadBalancer::default(), &mut trace).decision,
            Decision::Deny(Denial::NoLocation)
        );
        assert_eq!(
            trace,
            [
                "scheme: http, by the listener",
                "insecure: redirected with 301",
                "insecure: denied, since Host or path cannot be part of a redirect"
            ]
        );
    }
}

fn any_settings() -> impl Strategy<Value = LoadBalancer> {
    prop::sample::select(all_settings())
}

fn any_listener() -> impl Strategy<Value = Listener> {
    prop::sample::select(&Listener::ALL[..])
}

fn any_header() -> impl Strategy<Value = Option<String>> {
    let elements = prop::collection::vec(prop_oneof!["https", "http", "[hH][tT]{2}[pP][sS]?", ".{0,6}"], 0..5);
    prop::option::of(elements.prop_map(|elements| elements.join(",")))
}

fn any_connection() -> impl Strategy<Value = Connection> {
    let proxy = prop::option::of(any::<(Option<IpAddr>, u16, bool)>());
    (any_listener(), any::<Option<IpAddr>>(), proxy).prop_map(|(listener, peer, proxy)| Connection {
        listener,
        peer,
        proxy: proxy.map(|(source, destination_port, ended_tls)| ProxyHeader {
            source,
            destination_port,
            ended_tls,
        }),
    })
}

proptest! {
    #[test]
    fn a_certain_scheme_holds_for_every_request(
        connection in any_connection(), settings in any_settings(), header in any_header(),
    ) {
        let request = Written { authority: "", path_and_query: "", forwarded_proto: header.as_deref() };
        if let Some(scheme) = certain_scheme(connection.listener, &settings) {
            prop_assert_eq!(classify(&connection, &request, &settings, &mut ()), scheme);
        }
    }

    #[test]
    fn hostile_words_get_an_answer(
        settings in any_settings(), header: Option<String>, authority: String, path_and_query: String,
    ) {
        let forwarded_proto = header.as_deref();
        let request = Written { authority: &authority, path_and_query: &path_and_query, forwarded_proto };
        let judgement = decide(&cleartext(), &request, &RoutePolicy::of(Insecure::Deny), &settings, &mut ());
        let scheme = classify(&cleartext(), &request, &settings, &mut ());
        prop_assert_eq!(judgement.decision == Decision::Deny(Denial::Insecure), scheme == Scheme::Http);
    }
}
