//! Headers as attackers and broken proxies write them, and what the pure function is told of them.

use std::{borrow::Cow, fmt};

use isoline_policy::{Header, Request};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{expected::HOST, route::Route};

/// What says something of the client, or is ours, or speaks of other headers.
const NAMES: [&str; 18] = [
    "X-Forwarded-Proto",
    "X-Forwarded-Proto",
    "X-Forwarded-For",
    "X-Forwarded-For",
    "X-Client-IP",
    "X-Client-IP",
    "Forwarded",
    "X-Real-IP",
    "X-Isoline-Forwarded-Proto",
    "X-Isoline-Scope",
    "X-Forwarded-Port",
    "X-Forwarded-Host",
    "X-Envoy-External-Address",
    "X-Envoy-Internal",
    "X_Forwarded_Proto",
    "X_Forwarded_For",
    "X-Forwarded-Proto ",
    "Connection",
];

const WORDS: [&str; 44] = [
    "http",
    "https",
    "HTTPS",
    "hTTp",
    "https,http",
    "http, https",
    "ftp",
    "",
    ",",
    "https,",
    ",https",
    "https;http",
    "\"https\"",
    "\thttps ",
    "https\u{a0}",
    "httpſ",
    "wss",
    "203.0.113.7",
    "203.0.113.9",
    "192.0.2.1",
    "127.0.0.1",
    "127.0.0.2",
    "198.51.100.20",
    "203.0.113.7, 192.0.2.1",
    "203.0.113.7, 127.0.0.2",
    "192.0.2.1,203.0.113.7",
    "2001:db8::7",
    "[2001:db8::7]",
    "2001:db8::7%eth0",
    "::ffff:203.0.113.7",
    "203.0.113.007",
    "0313.0.113.7",
    "3405803783",
    "203.0.113.7:80",
    "203.0.113.7\t",
    "２０３.0.113.7",
    "unknown",
    "for=203.0.113.7;proto=https",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-isoline-forwarded-proto",
    "x-isoline-scope, x-isoline-forwarded-proto",
    "keep-alive",
    "%REQ(x-isoline-scope)%",
];

const NOMINATED: [&str; 6] = [
    "x-isoline-forwarded-proto",
    "X-Isoline-Scope",
    "X-Forwarded-Proto",
    "x-forwarded-for",
    "keep-alive",
    "te",
];

/// The lines of a head, each byte as it goes over the wire.
#[derive(Clone)]
pub(super) struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    pub(super) fn request(&self, route: Route) -> Vec<u8> {
        let mut bytes = format!("GET {} HTTP/1.1\r\nHost: {HOST}\r\n", target(route)).into_bytes();
        for (name, value) in &self.0 {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes
    }

    /// All lines of a header, as the pure function wants them.
    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.joined(name, |_| true)
    }

    /// The same of a header that Envoy itself reads: it leaves out lines in which there is nothing.
    fn list(&self, name: &str) -> Option<Cow<'_, str>> {
        self.joined(name, |line| !line.is_empty())
    }

    fn joined(&self, name: &str, counts: impl Fn(&[u8]) -> bool) -> Option<Cow<'_, str>> {
        let lines = self.0.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let lines: Vec<_> = lines.map(|(_, value)| trimmed(value)).collect();
        let counted: Vec<_> = lines.iter().copied().filter(|line| counts(line)).collect();
        let text = String::from_utf8_lossy(&counted.join(&b',')).into_owned();
        (!lines.is_empty()).then_some(text.into())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let cut = &value[..value.len().min(200)];
            format!("{name}: {} ({} bytes)", cut.escape_ascii(), value.len())
        });
        f.debug_list().entries(shown).finish()
    }
}

/// White space around a value is none of it.
fn trimmed(value: &[u8]) -> &[u8] {
    let is_value = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = value.iter().position(is_value).unwrap_or(value.len());
    let end = value.iter().rposition(is_value).map_or(start, |last| last + 1);
    &value[start..end]
}

/// A request with these headers on a route.
pub(super) struct Asked<'a> {
    pub(super) headers: &'a Headers,
    pub(super) route: Route,
}

impl Request for Asked<'_> {
    fn header(&self, header: Header<'_>) -> Option<Cow<'_, str>> {
        match header {
            Header::Authority => Some(HOST.into()),
            Header::Path => Some(target(self.route).into()),
            Header::ForwardedProto => self.headers.list("x-forwarded-proto"),
            Header::ForwardedFor => self.headers.list("x-forwarded-for"),
            Header::Named(name) => self.headers.text(name),
        }
    }
}

fn target(route: Route) -> String {
    format!("{}?b=%20c", route.path())
}

pub(super) fn headers() -> BoxedStrategy<Headers> {
    let line = prop_oneof![12 => (name(), value()), 1 => nomination()];
    vec(line, 0..5).prop_map(Headers).boxed()
}

/// A header that asks for others to be left out.
fn nomination() -> impl Strategy<Value = (String, Vec<u8>)> {
    let names = vec(select(&NOMINATED[..]), 1..4);
    names.prop_map(|names| ("Connection".to_owned(), names.join(", ").into_bytes()))
}

fn name() -> impl Strategy<Value = String> {
    (select(&NAMES[..]), any::<u32>()).prop_map(|(name, upper)| {
        let in_case = |(at, letter): (usize, char)| {
            if upper >> (at % 32) & 1 == 1 {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            }
        };
        name.chars().enumerate().map(in_case).collect()
    })
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let word = || select(&WORDS[..]).prop_map(|word| word.as_bytes().to_vec());
    let separator = select(&[",", ", ", "\t,  ", ";", " "][..]);
    let list = (vec(word(), 2..6), separator).prop_map(|(words, separator)| words.join(separator.as_bytes()));
    let bytes = vec(any::<u8>(), 0..40);
    let spoilt = (word(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut word, at, byte)| {
        word.insert(at.index(word.len() + 1), byte);
        word
    });
    let long = (list.clone(), 2_usize..60).prop_map(|(list, times)| vec![list; times].join(&b','));
    // More than Envoy takes.
    let too_long = word().prop_map(|word| word.into_iter().chain(vec![b' '; 70_000]).chain(*b"https").collect());
    let value = prop_oneof![60 => word(), 20 => list, 10 => bytes, 10 => spoilt, 3 => long, 1 => too_long];
    value.prop_map(|mut value: Vec<u8>| {
        // It would begin another header.
        value.retain(|byte| *byte != b'\n');
        value
    })
}
