//! The URL that an insecure request is redirected to: the client's own host, path and query, byte for byte, under
//! `https` and the port that clients dial for it.

use std::net::Ipv6Addr;

use crate::connection::{Header, Request};

const HTTPS_PORT: u16 = 443;

/// The request's URL under `https`; nothing if the client's words could change the meaning of a `Location`.
pub(crate) fn https_location(request: &impl Request, port: u16) -> Option<String> {
    let (authority, path) = (request.header(Header::Authority)?, request.header(Header::Path)?);
    let host = host(&authority)?;
    if !is_path(&path) {
        return None;
    }
    Some(match port {
        HTTPS_PORT => format!("https://{host}{path}"),
        port => format!("https://{host}:{port}{path}"),
    })
}

/// The authority without its port; nothing if it holds anything but a name, an IPv4 address or an IPv6 literal.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    (is_port && (is_name(host) || is_ipv6_literal(host))).then_some(host)
}

fn is_name(host: &str) -> bool {
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

fn is_ipv6_literal(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

/// Anything else, such as the `*` of `OPTIONS`, would run into the host.
fn is_path(path: &str) -> bool {
    path.starts_with('/') && !path.contains(|c: char| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::connection::tests::Written;

    #[track_caller]
    fn check(authority: &str, path_and_query: &str, port: u16, expect: Option<&str>) {
        let request = Written {
            authority,
            path_and_query,
        };
        assert_eq!(https_location(&request, port).as_deref(), expect);
    }

    #[test]
    fn the_clients_words_are_kept() {
        check("shop.example.com", "/", 443, Some("https://shop.example.com/"));
        check(
            "Shop.Example.COM",
            "/A%2fb//c;d?x=1&y=%20#",
            443,
            Some("https://Shop.Example.COM/A%2fb//c;d?x=1&y=%20#"),
        );
        check(
            "shop.example.com",
            "/?u=https://a:b@c/",
            443,
            Some("https://shop.example.com/?u=https://a:b@c/"),
        );
        check("a_b.example.com.", "/é", 443, Some("https://a_b.example.com./é"));
    }

    #[test]
    fn the_port_is_the_one_that_clients_dial_for_https() {
        check("shop.example.com:8080", "/", 443, Some("https://shop.example.com/"));
        check(
            "shop.example.com:8080",
            "/",
            8443,
            Some("https://shop.example.com:8443/"),
        );
        check("shop.example.com:", "/", 443, Some("https://shop.example.com/"));
        check("192.0.2.1:80", "/", 443, Some("https://192.0.2.1/"));
    }

    #[test]
    fn ipv6_literals_keep_their_brackets() {
        check("[::1]", "/", 443, Some("https://[::1]/"));
        check("[::1]:8080", "/", 443, Some("https://[::1]/"));
        check("[2001:db8::1]:8080", "/", 8443, Some("https://[2001:db8::1]:8443/"));
    }

    #[test]
    fn an_unsafe_authority_has_no_location() {
        for authority in [
            "",
            ":",
            ":80",
            "a b",
            "a\r\nb",
            "a\tb",
            "a/b",
            "a?b",
            "a#b",
            "a\\b",
            "user@host",
            "user:1@host",
            "a:b",
            "a:80:90",
            "a:-1",
            "a|b",
            "a\"b",
            "a<b",
            "a%41",
            "é.example.com",
            "::1",
            "[::1",
            "::1]",
            "[]",
            "[::1]x",
            "[::1]:x",
            "[fe80::1%eth0]",
            "[v1.x]",
            "[a]",
            "[[::1]]",
            "\0",
        ] {
            check(authority, "/", 443, None);
        }
    }

    #[test]
    fn an_unsafe_path_has_no_location() {
        for path in [
            "",
            "*",
            "a",
            "@evil",
            ".evil.example",
            ":1@evil/",
            "/a b",
            "/a\r\nset-cookie: b",
            "/\0",
            "/\u{85}",
        ] {
            check("shop.example.com", path, 443, None);
        }
    }

    proptest! {
        #[test]
        fn hostile_words_never_leave_the_host(authority: String, path: String, port: u16) {
            let request = Written { authority: &authority, path_and_query: &path };
            if let Some(location) = https_location(&request, port) {
                let host = location.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
                prop_assert!(host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte)));
                prop_assert!(location.ends_with(&path) && !location.contains(char::is_control));
            }
        }

        #[test]
        fn every_name_and_path_has_a_location(name in "[a-zA-Z0-9._-]{1,40}", port in prop::option::of(0u16..), path in "/[!-~]{0,40}") {
            let authority = port.map_or(name.clone(), |port| format!("{name}:{port}"));
            let request = Written { authority: &authority, path_and_query: &path };
            prop_assert_eq!(https_location(&request, 443), Some(format!("https://{name}{path}")));
        }
    }
}
