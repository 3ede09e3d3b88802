use super::*;
use crate::host::stand_in::StandIn;

const REWRITES: &str = "xds.route_metadata.filter_metadata.isoline.cookies.route";
const NAMESPACE: &str = "xds.route_metadata.filter_metadata.isoline.cookies";
const CLUSTER: &str = "xds.cluster_name";
const SECURE: &str = r#"{"oven":[{"name":"a","secure":true}]}"#;

/// A response of the cluster `oven` on a route with `rewrites`.
fn response(rewrites: &str, cookies: &[&[u8]]) -> StandIn {
    let response = StandIn::default()
        .with(NAMESPACE, "some bytes")
        .with(REWRITES, rewrites)
        .with(CLUSTER, "oven");
    *response.cookies.borrow_mut() = cookies.iter().map(|cookie| cookie.to_vec()).collect();
    response
}

#[track_caller]
fn check(response: &StandIn, told: &[&str], cookies: &[&[u8]]) {
    CookieRewriter::default().rewrite(response);
    assert_eq!(*response.told.borrow(), told);
    assert_eq!(*response.cookies.borrow(), cookies);
}

#[test]
fn cookies_are_rewritten_in_their_order() {
    let response = response(SECURE, &[b"b=1", b"a=2", b"c=\xff", b"a=3; Path=/"]);
    let expect: &[&[u8]] = &[b"b=1", b"a=2; Secure", b"c=\xff", b"a=3; Path=/; Secure"];
    check(&response, &["4 cookies"], expect);
}

#[test]
fn nothing_is_written_where_nothing_changes() {
    let unchanged: [&[&[u8]]; 3] = [&[], &[b"b=1"], &[b"a=1; Secure"]];
    for cookies in unchanged {
        check(&response(SECURE, cookies), &[], cookies);
    }
    check(&response("{}", &[b"a=1"]), &[], &[b"a=1"]);
}

#[test]
fn only_the_cluster_that_was_chosen_counts() {
    for other in [b"stove".as_slice(), b"oven ", b"\xff"] {
        check(&response(SECURE, &[b"a=1"]).with(CLUSTER, other), &[], &[b"a=1"]);
    }
}

#[test]
fn a_route_without_rewriting_is_left_alone() {
    let response = response("", &[b"a=1"]).without(REWRITES).without(NAMESPACE);
    check(&response, &[], &[b"a=1"]);
    check(&response.without(CLUSTER), &[], &[b"a=1"]);
}

#[test]
fn what_cannot_be_read_costs_the_response_its_cookies() {
    let told = ["warn: the route's rewriting of cookies has no text", "0 cookies"];
    check(&response("", &[b"a=1", b"b=2"]).without(REWRITES), &told, &[]);

    let told = ["warn: the cluster that set cookies is not known", "0 cookies"];
    check(&response(SECURE, &[b"a=1"]).without(CLUSTER), &told, &[]);

    for text in ["{", r#"{"oven":[{"name":"b","sekure":true}]}"#, r#"{"oven":{}}"#] {
        let response = response(text, &[b"a=1", b"b=2"]);
        CookieRewriter::default().rewrite(&response);
        assert!(response.cookies.borrow().is_empty(), "{text}");
        let told = response.told.borrow().join("\n");
        let expect = "warn: the route's rewriting of cookies cannot be read: ";
        assert!(told.starts_with(expect) && told.ends_with("\n0 cookies"), "{told}");
    }
}

#[test]
fn one_rewriter_keeps_routes_apart() {
    let rewriter = CookieRewriter::default();
    let insecure = r#"{"oven":[{"name":"a","secure":false}]}"#;
    for _ in 0..2 {
        for (text, expect) in [(SECURE, &b"a=1; Secure"[..]), (insecure, b"a=1")] {
            let response = response(text, &[b"a=1; Secure; Secure"]);
            rewriter.rewrite(&response);
            assert_eq!(*response.cookies.borrow(), [expect]);
        }
    }
}
