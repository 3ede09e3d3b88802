//! Where the keys of tokens come from.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A URI as Go's parser takes it apart, or why it cannot.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Uri<'a> {
    pub(super) scheme: &'a str,
    pub(super) host: &'a str,
    /// Empty if there is none.
    pub(super) port: &'a str,
}

impl<'a> Uri<'a> {
    /// Takes a URI apart.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let wrong = |problem: &str| format!("parse {text:?}: {problem}");
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("net/url: invalid control character in URL"));
        }
        let (scheme, rest) = match text.split_once(':') {
            Some(("", _)) => return Err(wrong("missing protocol scheme")),
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
            _ => ("", text),
        };
        let authority = rest.strip_prefix("//").unwrap_or_default();
        let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
        let authority = &authority[..end];
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong(&format!("invalid port \":{port}\" after host")));
        }
        Ok(Self { scheme, host, port })
    }

    /// A host that Envoy can look up: a name or an address, and nothing else.
    pub(super) fn checked_host(&self) -> Result<&'a str, String> {
        let bracketed = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if let Some(address) = bracketed.filter(|address| address.parse::<Ipv6Addr>().is_ok()) {
            return Ok(address);
        }
        let is_name = self.host.len() <= 253
            && self.host.split('.').all(|label| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            });
        if is_name || self.host.parse::<Ipv4Addr>().is_ok() {
            Ok(self.host)
        } else {
            Err(format!("{:?} is not a host", self.host))
        }
    }

    /// The port, or that of the scheme.
    pub(super) fn number(&self, default: u16) -> Result<u16, String> {
        match self.port {
            "" => Ok(default),
            port => port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| format!("port must be in the range 1-65535, {port} was supplied")),
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_taken_apart_as_by_go() {
        let parts = |text| Uri::parse(text).map(|uri| (uri.scheme, uri.host, uri.port));
        assert_eq!(parts("https://a.test:8443/x"), Ok(("https", "a.test", "8443")));
        assert_eq!(parts("http://[::1]?q"), Ok(("http", "[::1]", "")));
        assert_eq!(parts("a.test/jwks"), Ok(("", "", "")));
        let missing = "parse \":keys\": missing protocol scheme";
        assert_eq!(parts(":keys"), Err(missing.to_owned()));
        let port = "parse \"http://a:b\": invalid port \":b\" after host";
        assert_eq!(parts("http://a:b"), Err(port.to_owned()));
    }

    #[test]
    fn hosts_and_ports_are_what_envoy_can_connect_to() {
        let host = |text| Uri::parse(text).and_then(|uri| uri.checked_host());
        assert_eq!(host("http://[::1]:80"), Ok("::1"));
        assert!(host("http://user@a.test").is_err());
        assert!(host("http:///x").is_err());
        let number = |text| Uri::parse(text).and_then(|uri| uri.number(80));
        assert_eq!(number("http://a"), Ok(80));
        assert!(number("http://a:70000").is_err());
        assert!(number("http://a:0").is_err());
    }
}
