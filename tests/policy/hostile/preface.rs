//! PROXY headers, right and wrong, and what the protocol's specification says of them.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use isoline_policy::ProxyHeader;
use proptest::{collection::vec, prelude::*, sample::select};

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const SSL: u8 = 0x20;
/// What a version 1 header may be long, with its end.
const LONGEST_LINE: usize = 107;

const SOURCES: [&str; 7] = [
    "203.0.113.7",
    "203.0.113.9",
    "192.0.2.1",
    "198.51.100.20",
    "127.0.0.2",
    "2001:db8::7",
    "::ffff:203.0.113.7",
];
const PORTS: [u16; 5] = [80, 443, 8443, 0, 65_535];

/// How a connection begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// Without a PROXY header.
    Plain,
    /// With one of this length, which may announce nobody.
    Proxy(Option<ProxyHeader>, usize),
    /// With something that nobody may take for one.
    Malformed,
}

pub(super) fn beginning(bytes: &[u8]) -> Beginning {
    let read = if bytes.starts_with(SIGNATURE) {
        version_2(bytes)
    } else if bytes.starts_with(b"PROXY ") {
        version_1(bytes)
    } else {
        return Beginning::Plain;
    };
    read.map_or(Beginning::Malformed, |(proxy, length)| Beginning::Proxy(proxy, length))
}

fn version_1(bytes: &[u8]) -> Option<(Option<ProxyHeader>, usize)> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let length = Some(end + 2).filter(|length| *length <= LONGEST_LINE)?;
    if bytes.starts_with(b"PROXY UNKNOWN") {
        return Some((None, length));
    }
    let words: Vec<_> = str::from_utf8(&bytes[..end]).ok()?.split(' ').collect();
    let (source, port) = match words[..] {
        ["PROXY", "TCP4", source, destination, from, to] => {
            let _ = (address::<Ipv4Addr>(destination)?, number(from)?);
            (address::<Ipv4Addr>(source)?.into(), to)
        }
        ["PROXY", "TCP6", source, destination, from, to] => {
            let _ = (address::<Ipv6Addr>(destination)?, number(from)?);
            (address::<Ipv6Addr>(source)?.into(), to)
        }
        _ => return None,
    };
    let proxy = ProxyHeader {
        source: Some(source),
        destination_port: number(port)?,
        ended_tls: false,
    };
    Some((Some(proxy), length))
}

/// To Envoy an address ends at a zero, whatever follows.
fn address<A: FromStr>(word: &str) -> Option<A> {
    word.split('\0').next()?.parse().ok()
}

/// Envoy forgives white space around a port, and loses nothing by it.
fn number(port: &str) -> Option<u16> {
    port.trim_ascii().parse().ok()
}

fn version_2(bytes: &[u8]) -> Option<(Option<ProxyHeader>, usize)> {
    let [command, family, high, low] = *bytes.get(12..16)? else {
        return None;
    };
    let length = 16 + usize::from(u16::from_be_bytes([high, low]));
    let body = bytes.get(16..length)?;
    match command {
        0x20 => return Some((None, length)),
        0x21 => {}
        _ => return None,
    }
    let (source, port, tlvs): (IpAddr, _, _) = match family {
        0x11 | 0x12 => {
            let (addresses, tlvs) = body.split_at_checked(12)?;
            (
                <[u8; 4]>::try_from(&addresses[..4]).ok()?.into(),
                &addresses[10..],
                tlvs,
            )
        }
        0x21 | 0x22 => {
            let (addresses, tlvs) = body.split_at_checked(36)?;
            (
                <[u8; 16]>::try_from(&addresses[..16]).ok()?.into(),
                &addresses[34..],
                tlvs,
            )
        }
        _ => return Some((None, length)),
    };
    let proxy = ProxyHeader {
        source: Some(source),
        destination_port: u16::from_be_bytes(port.try_into().ok()?),
        ended_tls: ended_tls(tlvs)?,
    };
    Some((Some(proxy), length))
}

/// What the last TLV on TLS says; nothing if one of them runs over the end.
fn ended_tls(mut tlvs: &[u8]) -> Option<bool> {
    let mut said = false;
    while let [kind, high, low, rest @ ..] = tlvs {
        let (value, rest) = rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())?;
        if *kind == SSL {
            // Flags that nobody has defined may mean anything.
            said = value.len() >= 5 && value[0] < 8 && value[0] & 1 == 1;
        }
        tlvs = rest;
    }
    tlvs.is_empty().then_some(said)
}

/// One that is well-formed.
pub(super) fn valid() -> BoxedStrategy<Vec<u8>> {
    let ends = || (select(&SOURCES[..]), select(&PORTS[..]));
    let line = ends().prop_map(|(source, port)| {
        let (family, destination) = match source.parse() {
            Ok(IpAddr::V4(_)) => ("TCP4", "198.51.100.1"),
            _ => ("TCP6", "2001:db8::1"),
        };
        format!("PROXY {family} {source} {destination} 4711 {port}\r\n").into_bytes()
    });
    let unknown = select(&["PROXY UNKNOWN\r\n", "PROXY UNKNOWN 203.0.113.7 x 1 443\r\n"][..]);
    let unknown = unknown.prop_map(|line| line.as_bytes().to_vec());
    let binary = (ends(), select(&[1_u8, 2][..]), tlvs()).prop_map(|((source, port), transport, tlvs)| {
        let (family, addresses) = match source.parse().expect("an address") {
            IpAddr::V4(source) => (0x10, [source.octets(), [198, 51, 100, 1]].concat()),
            IpAddr::V6(source) => (0x20, [source.octets(), [0x20; 16]].concat()),
        };
        let ports = [4711_u16.to_be_bytes(), port.to_be_bytes()].concat();
        framed(0x21, family | transport, &[addresses, ports, tlvs].concat())
    });
    let other = (select(&[0x00_u8, 0x31, 0x32][..]), vec(any::<u8>(), 0..60));
    let other = other.prop_map(|(family, body)| framed(0x21, family, &body));
    let local = (select(&[0x00_u8, 0x11, 0x21][..]), tlvs()).prop_map(|(family, tlvs)| {
        let addresses: &[u8] = match family {
            0x11 => &[203, 0, 113, 7, 198, 51, 100, 1, 1, 1, 1, 0xbb],
            0x21 => &[0x20; 36],
            _ => &[],
        };
        framed(0x20, family, &[addresses, &tlvs].concat())
    });
    prop_oneof![4 => line, 1 => unknown, 8 => binary, 1 => other, 1 => local].boxed()
}

fn framed(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).expect("a short body").to_be_bytes();
    [SIGNATURE, &[command, family], &length, body].concat()
}

/// Any number of TLVs, one of them perhaps on TLS.
fn tlvs() -> impl Strategy<Value = Vec<u8>> {
    let junk = (any::<u8>(), vec(any::<u8>(), 0..30));
    let junk = junk.prop_filter("not on TLS", |(kind, _)| *kind != SSL);
    let flags = prop_oneof![any::<u8>(), 0..8_u8];
    let ssl = (flags, vec(any::<u8>(), 0..12)).prop_map(|(flags, rest)| [&[flags], &rest[..]].concat());
    let ssl = prop::option::of(ssl);
    (vec(junk, 0..4), ssl).prop_map(|(junk, ssl)| {
        let all = junk.into_iter().chain(ssl.map(|value| (SSL, value)));
        all.flat_map(|(kind, value)| {
            let length = u16::try_from(value.len()).expect("a short value").to_be_bytes();
            [&[kind], &length[..], &value].concat()
        })
        .collect()
    })
}

/// One in which something was changed, left out, put in or repeated.
pub(super) fn mutated() -> BoxedStrategy<Vec<u8>> {
    let at = || any::<prop::sample::Index>();
    let changed = (valid(), at(), any::<u8>()).prop_map(|(mut bytes, at, byte)| {
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes
    });
    let shorter = (valid(), at()).prop_map(|(mut bytes, at)| {
        bytes.truncate(at.index(bytes.len()));
        bytes
    });
    let longer = (valid(), at(), vec(any::<u8>(), 1..6)).prop_map(|(mut bytes, at, more)| {
        let at = at.index(bytes.len());
        bytes.splice(at..at, more);
        bytes
    });
    let twice = (valid(), valid()).prop_map(|(one, other)| [one, other].concat());
    prop_oneof![6 => changed, 2 => shorter, 3 => longer, 1 => twice].boxed()
}
