//! One test per way that a request can take.

#![allow(clippy::unwrap_used)]

use isoline_policy::Trusted;

use super::*;
use crate::host::stand_in::StandIn as Request;

const POLICY: &str = "xds.route_metadata.filter_metadata.isoline.policy.route";
const NAMESPACE: &str = "xds.route_metadata.filter_metadata.isoline.policy";
const REDIRECT: &str = r#"{"insecure":{"Redirect":{"statusCode":308}}}"#;

impl Request {
    /// A request in cleartext for a route with `policy`, on the `http` listener's own port.
    fn on_route(policy: &str) -> Self {
        Self::default()
            .with("xds.virtual_host_name", "shop")
            .with(NAMESPACE, "some bytes")
            .with(POLICY, policy)
            .with("xds.filter_chain_name", "http")
            .with("filter_state.isoline.peer", "203.0.113.7")
            .with("filter_state.isoline.local_port", "8080")
            .with("destination.port", 8080i64.to_le_bytes())
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
        assert_eq!(flow, if answered { Flow::Answered } else { Flow::Continue });
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
    Request::on_route("")
        .without(POLICY)
        .without(NAMESPACE)
        .with(cookies, "some bytes")
        .with(&format!("{cookies}.route"), "{}")
        .check(&nothing_in_front(), &[]);
}

#[test]
fn cleartext_is_redirected_denied_or_allowed() {
    let location = "308 location: https://shop.example.com/a?b=c";
    Request::on_route(REDIRECT).check(&nothing_in_front(), &[location]);
    Request::on_route(r#"{"insecure":"Deny"}"#).check(&nothing_in_front(), &["403"]);
    Request::on_route(r#"{"insecure":"Allow"}"#).check(&nothing_in_front(), &["isoline.scheme=http"]);
}

#[test]
fn the_chain_tells_the_listener() {
    for chain in ["tls-offload", "https", "https/shop.example.com"] {
        let request = Request::on_route(REDIRECT).with("xds.filter_chain_name", chain);
        request.check(&nothing_in_front(), &["isoline.scheme=https"]);
    }
}

#[test]
fn a_destination_port_of_its_own_tells_the_proxy_header() {
    let dialled = |port: i64| Request::on_route(REDIRECT).with("destination.port", port.to_le_bytes());
    let location = "308 location: https://shop.example.com/a?b=c";
    dialled(443).check(&proxy_optional(), &["isoline.scheme=https"]);
    dialled(80).check(&proxy_optional(), &[location]);
    dialled(8080).check(&proxy_optional(), &[location]);
    dialled(443).check(&nothing_in_front(), &[location]);

    let itself_a_tls_port = LoadBalancer {
        tls_ports: vec![8080],
        ..proxy_optional()
    };
    dialled(8080).check(&itself_a_tls_port, &[location]);
}

#[test]
fn a_header_counts_only_from_a_trusted_peer() {
    let forwarded = || Request::on_route(REDIRECT).with_header("x-isoline-forwarded-proto", "https");
    let location = "308 location: https://shop.example.com/a?b=c";
    forwarded().check(&trusted("203.0.113.0/24"), &["isoline.scheme=https"]);
    forwarded().check(&trusted("198.51.100.0/24"), &[location]);
    forwarded()
        .without("filter_state.isoline.peer")
        .check(&trusted("0.0.0.0/0"), &[location]);
    forwarded()
        .with("filter_state.isoline.peer", "-")
        .check(&trusted("0.0.0.0/0"), &[location]);
    forwarded()
        .with_header("x-isoline-forwarded-proto", b"https\xff")
        .check(&trusted("0.0.0.0/0"), &[location]);
    Request::on_route(REDIRECT)
        .with_header("x-forwarded-proto", "https")
        .check(&trusted("0.0.0.0/0"), &[location]);
}

#[test]
fn a_redirect_that_has_no_safe_location_is_refused() {
    Request::on_route(REDIRECT)
        .with_header(":authority", "")
        .check(&nothing_in_front(), &["403"]);
    Request::on_route(REDIRECT)
        .with_header(":authority", b"\xff")
        .check(&nothing_in_front(), &["403"]);
    Request::on_route(REDIRECT)
        .with_header(":path", b"/\xff")
        .check(&nothing_in_front(), &["403"]);
    let mut without_path = Request::on_route(REDIRECT);
    without_path.headers.remove(":path");
    without_path.check(&nothing_in_front(), &["403"]);
}

#[test]
fn a_request_without_a_route_is_answered_with_503() {
    let request = Request::on_route("")
        .without(POLICY)
        .without(NAMESPACE)
        .without("xds.virtual_host_name");
    request.check(&nothing_in_front(), &["warn: no route is known", "503"]);
}

#[test]
fn a_policy_without_a_text_is_answered_with_503() {
    let request = Request::on_route("").without(POLICY);
    request.check(&nothing_in_front(), &["warn: the route's policy has no text", "503"]);
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
fn an_unknown_chain_is_answered_with_503() {
    let unknown = r#"warn: no listener has a filter chain named "grpc""#;
    Request::on_route(REDIRECT)
        .with("xds.filter_chain_name", "grpc")
        .check(&nothing_in_front(), &[unknown, "503"]);
    let nameless = r#"warn: no listener has a filter chain named """#;
    Request::on_route(REDIRECT)
        .without("xds.filter_chain_name")
        .check(&nothing_in_front(), &[nameless, "503"]);
}

#[test]
fn unknown_ports_are_answered_with_503_where_they_matter() {
    let unknown = ["warn: the ports of the connection are not known", "503"];
    let without_local = || Request::on_route(REDIRECT).without("filter_state.isoline.local_port");
    without_local().check(&proxy_optional(), &unknown);
    without_local()
        .with("filter_state.isoline.local_port", "-")
        .check(&proxy_optional(), &unknown);
    without_local().check(&nothing_in_front(), &["308 location: https://shop.example.com/a?b=c"]);
    Request::on_route(REDIRECT)
        .without("destination.port")
        .check(&proxy_optional(), &unknown);
    Request::on_route(REDIRECT)
        .with("destination.port", "443")
        .check(&proxy_optional(), &unknown);
    Request::on_route(REDIRECT)
        .with("destination.port", (-1i64).to_le_bytes())
        .check(&proxy_optional(), &unknown);
}

#[test]
fn one_enforcer_keeps_policies_apart() {
    let enforcer = Enforcer::new(nothing_in_front());
    for _ in 0..2 {
        assert_eq!(enforcer.enforce(&Request::on_route(REDIRECT)), Flow::Answered);
        assert_eq!(
            enforcer.enforce(&Request::on_route(r#"{"insecure":"Allow"}"#)),
            Flow::Continue
        );
    }
}
