//! One test per way that a request can take.

#![allow(clippy::unwrap_used)]

use isoline_policy::{ProxyProtocol, Trusted};

use super::*;
use crate::host::stand_in::StandIn as Request;

const POLICY: &str = "xds.route_metadata.filter_metadata.isoline.policy.route";
const NAMESPACE: &str = "xds.route_metadata.filter_metadata.isoline.policy";
const REDIRECTED: &[&str] = &[
    "isoline.scheme=http",
    "Redirected + 1",
    "308 location: https://shop.example.com/a?b=c",
];
const DENIED: &[&str] = &["isoline.scheme=http", "DeniedNoLocation + 1", "403"];
const CONNECTION: &str = "filter_state.isoline.connection";
const REDIRECT: &str = r#"{"insecure":{"Redirect":{"statusCode":308}}}"#;

impl Request {
    /// A request in cleartext for a route with `policy`, on the `http` listener's own port.
    fn on_route(policy: &str) -> Self {
        Self::default()
            .with("xds.virtual_host_name", "shop")
            .with(NAMESPACE, "some bytes")
            .with(POLICY, policy)
            .with(CONNECTION, "http 203.0.113.7:5 203.0.113.7:5 8080 8080 -")
            .with_header(":authority", "shop.example.com:8080")
            .with_header(":path", "/a?b=c")
    }

    fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.insert(name.to_owned(), value.as_ref().to_vec());
        self
    }

    #[track_caller]
    fn check(self, load_balancer: &LoadBalancer, expect: &[&str]) {
        let flow = Enforcer::new(load_balancer.clone()).enforce(&self);
        let told = self.told.into_inner();
        assert_eq!(told, expect);
        let answered = told.iter().any(|told| told.starts_with(|c: char| c.is_ascii_digit()));
        assert_eq!(flow == Flow::Answered, answered);
    }
}

fn nothing_in_front() -> LoadBalancer {
    LoadBalancer::default()
}

fn proxy_optional() -> LoadBalancer {
    LoadBalancer {
        proxy_protocol: ProxyProtocol::Optional,
        ..LoadBalancer::default()
    }
}

fn trusted(cidr: &str) -> LoadBalancer {
    LoadBalancer {
        trusted: Trusted {
            hops: 0,
            cidrs: vec![cidr.parse().unwrap()],
        },
        ..LoadBalancer::default()
    }
}

#[test]
fn a_route_without_a_policy_is_left_alone() {
    Request::on_route("")
        .without(POLICY)
        .without(NAMESPACE)
        .check(&nothing_in_front(), &[]);
}

#[test]
fn a_route_that_only_rewrites_cookies_is_passed() {
    let cookies = "xds.route_metadata.filter_metadata.isoline.cookies";
    let request = Request::on_route("")
        .without(POLICY)
        .without(NAMESPACE)
        .with(cookies, "some bytes")
        .with(&format!("{cookies}.route"), "{}");
    let rewritten = Flow::Continue { rewrites_cookies: true };
    assert_eq!(Enforcer::new(nothing_in_front()).enforce(&request), rewritten);
    request.check(&nothing_in_front(), &[]);
}

#[test]
fn cleartext_is_redirected_denied_or_allowed() {
    Request::on_route(REDIRECT).check(&nothing_in_front(), REDIRECTED);
    Request::on_route(r#"{"insecure":"Deny"}"#).check(
        &nothing_in_front(),
        &["isoline.scheme=http", "DeniedInsecure + 1", "403"],
    );
    Request::on_route(r#"{"insecure":"Allow"}"#).check(&nothing_in_front(), &["isoline.scheme=http"]);
}

#[test]
fn the_connection_tells_the_listener() {
    for listener in ["tls-offload", "https"] {
        let connection = format!("{listener} 203.0.113.7:5 203.0.113.7:5 8080 8080 -");
        let request = Request::on_route(REDIRECT).with(CONNECTION, connection);
        request.check(&nothing_in_front(), &["isoline.scheme=https"]);
    }
}

#[test]
fn a_proxy_header_counts_where_the_operator_says_so() {
    let dialled = |port: u16| {
        let connection = format!("http 203.0.113.7:5 192.0.2.1:9 8080 {port} -");
        Request::on_route(REDIRECT).with(CONNECTION, connection)
    };
    dialled(443).check(&proxy_optional(), &["isoline.scheme=https"]);
    dialled(80).check(&proxy_optional(), REDIRECTED);
    dialled(443).check(&nothing_in_front(), REDIRECTED);
    let tls = "http 203.0.113.7:5 192.0.2.1:9 8080 80 \u{1}\0\0\0\0";
    Request::on_route(REDIRECT)
        .with(CONNECTION, tls)
        .check(&proxy_optional(), &["isoline.scheme=https"]);
}

#[test]
fn a_header_counts_only_from_a_trusted_peer() {
    let forwarded = || Request::on_route(REDIRECT).with_header("x-isoline-forwarded-proto", "https");
    forwarded().check(&trusted("203.0.113.0/24"), &["isoline.scheme=https"]);
    forwarded().check(&trusted("198.51.100.0/24"), REDIRECTED);
    forwarded()
        .with(CONNECTION, "http - - 8080 8080 -")
        .check(&trusted("0.0.0.0/0"), REDIRECTED);
    let unusable = [&["MalformedForwardedProto + 1"], REDIRECTED].concat();
    forwarded()
        .with_header("x-isoline-forwarded-proto", b"https\xff")
        .check(&trusted("0.0.0.0/0"), &unusable);
    forwarded()
        .with_header("x-isoline-forwarded-proto", b"\xff, https")
        .check(&trusted("0.0.0.0/0"), &["isoline.scheme=https"]);
    Request::on_route(REDIRECT)
        .with_header("x-forwarded-proto", "https")
        .check(&trusted("0.0.0.0/0"), REDIRECTED);
}

#[test]
fn the_route_is_told_what_it_asks_for() {
    let policy = r#"{"insecure":"Allow","clientIp":"Auto","forward":{"xForwardedFor":"Append"},"access":[{"deny":[{"Client":"192.0.2.0/24"}]}]}"#;
    let forwarded = |chain: &str| Request::on_route(policy).with_header("x-forwarded-for", chain);
    let told = |source, client, chain| {
        [
            "isoline.scheme=http".to_owned(),
            format!("isoline.client={client}"),
            format!("isoline.client_source={source}"),
            "isoline.port=80".to_owned(),
            format!("isoline.forwarded_for={chain}"),
        ]
    };
    let check = |request: Request, settings: &LoadBalancer, told: [String; 5]| {
        request.check(settings, &told.each_ref().map(String::as_str));
    };
    let ours = trusted("203.0.113.0/24");
    check(
        forwarded("198.51.100.9,203.0.113.7"),
        &ours,
        told("x-forwarded-for", "198.51.100.9", "198.51.100.9,203.0.113.7"),
    );
    check(
        forwarded("203.0.113.7"),
        &ours,
        told("peer", "203.0.113.7", "203.0.113.7"),
    );
    check(
        forwarded("198.51.100.9,203.0.113.7"),
        &nothing_in_front(),
        told("peer", "203.0.113.7", "203.0.113.7"),
    );
    forwarded("192.0.2.5,203.0.113.7").check(
        &ours,
        &[
            "isoline.scheme=http",
            "isoline.client=192.0.2.5",
            "isoline.client_source=x-forwarded-for",
            "DeniedAddress + 1",
            "403",
        ],
    );
    check(
        forwarded("192.0.2.5,203.0.113.7"),
        &nothing_in_front(),
        told("peer", "203.0.113.7", "203.0.113.7"),
    );
}

#[test]
fn strict_transport_security_is_for_https() {
    let policy = r#"{"insecure":"Allow","strictTransportSecurity":"max-age=5"}"#;
    Request::on_route(policy).check(&nothing_in_front(), &["isoline.scheme=http"]);
    Request::on_route(policy)
        .with(CONNECTION, "https 203.0.113.7:5 203.0.113.7:5 8443 8443 -")
        .check(
            &nothing_in_front(),
            &["isoline.scheme=https", "isoline.strict_transport_security=max-age=5"],
        );
}

#[test]
fn what_a_client_writes_before_a_proxys_word_does_not_hide_it() {
    let policy = r#"{"insecure":"Allow","clientIp":{"ForwardedFor":{"hops":1}},"access":[{"deny":[{"Client":"192.0.2.0/24"}]}]}"#;
    let denied = [
        "isoline.scheme=http",
        "isoline.client=192.0.2.1",
        "isoline.client_source=x-forwarded-for",
        "DeniedAddress + 1",
        "403",
    ];
    for before in [b"".as_slice(), b"junk,", b"\xff,", b"203.0.113.9\xc3, "] {
        let chain = [before, b"192.0.2.1,203.0.113.7"].concat();
        Request::on_route(policy)
            .with_header("x-forwarded-for", chain)
            .check(&nothing_in_front(), &denied);
    }
}

#[test]
fn a_redirect_that_has_no_safe_location_is_refused() {
    Request::on_route(REDIRECT)
        .with_header(":authority", "")
        .check(&nothing_in_front(), DENIED);
    Request::on_route(REDIRECT)
        .with_header(":authority", b"\xff")
        .check(&nothing_in_front(), DENIED);
    Request::on_route(REDIRECT)
        .with_header(":path", b"/\xff")
        .check(&nothing_in_front(), DENIED);
    let mut without_path = Request::on_route(REDIRECT);
    without_path.headers.remove(":path");
    without_path.check(&nothing_in_front(), DENIED);
}

#[test]
fn a_request_without_a_route_is_answered_with_503() {
    let request = Request::on_route("")
        .without(POLICY)
        .without(NAMESPACE)
        .without("xds.virtual_host_name");
    request.check(&nothing_in_front(), &["warn: no route is known", "Unjudged + 1", "503"]);
}

#[test]
fn a_policy_without_a_text_is_answered_with_503() {
    let request = Request::on_route("").without(POLICY);
    let no_text = ["warn: the route's policy has no text", "Unjudged + 1", "503"];
    request.check(&nothing_in_front(), &no_text);
}

#[test]
fn a_malformed_policy_is_answered_with_503_every_time() {
    let enforcer = Enforcer::new(nothing_in_front());
    for text in [
        r#"{"insecure":"Alow"}"#,
        r#"{"insecure":"Alow"}"#,
        "\u{0}",
        r#"{"insecure":"Allow"}x"#,
    ] {
        let request = Request::on_route(text);
        assert_eq!(enforcer.enforce(&request), Flow::Answered);
        assert_eq!(request.told.borrow().last().unwrap(), "503");
    }
}

#[test]
fn an_unknown_connection_is_answered_with_503() {
    let unknown = ["warn: nothing is known of the connection", "Unjudged + 1", "503"];
    Request::on_route(REDIRECT)
        .without(CONNECTION)
        .check(&nothing_in_front(), &unknown);
    Request::on_route(REDIRECT)
        .with(CONNECTION, "grpc - - - - -")
        .check(&nothing_in_front(), &unknown);
}

#[test]
fn one_enforcer_keeps_policies_apart() {
    let enforcer = Enforcer::new(nothing_in_front());
    for _ in 0..2 {
        assert_eq!(enforcer.enforce(&Request::on_route(REDIRECT)), Flow::Answered);
        let passed = Flow::Continue {
            rewrites_cookies: false,
        };
        assert_eq!(enforcer.enforce(&Request::on_route(r#"{"insecure":"Allow"}"#)), passed);
    }
}
