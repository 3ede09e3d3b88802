//! PROXY headers, byte by byte.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)), 56324);
const LOAD_BALANCER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

/// A TCP connection over IPv4 from a client elsewhere to this port of a load balancer, as version 1 says it.
pub fn v1(destination_port: u16) -> Vec<u8> {
    version_1(CLIENT, SocketAddr::new(LOAD_BALANCER, destination_port))
}

/// The same, as version 2 says it.
pub fn v2(destination_port: u16) -> Vec<u8> {
    version_2(CLIENT, SocketAddr::new(LOAD_BALANCER, destination_port))
}

/// Any TCP connection, as version 1 says it.
pub fn version_1(source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
    let family = if source.is_ipv4() { 4 } else { 6 };
    let (from, to) = (source.ip(), destination.ip());
    format!(
        "PROXY TCP{family} {from} {to} {} {}\r\n",
        source.port(),
        destination.port()
    )
    .into_bytes()
}

/// The same, as version 2 says it.
pub fn version_2(source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
    version_2_with(source, destination, &[])
}

/// The same, with the TLV that tells of TLS between client and load balancer; its flags begin with whether there was any.
pub fn version_2_ssl(source: SocketAddr, destination: SocketAddr, flags: u8) -> Vec<u8> {
    // Type and length; the flags, and four zeros for a certificate that is none or good.
    version_2_with(source, destination, &[0x20, 0, 5, flags, 0, 0, 0, 0])
}

/// A connection of the load balancer's own, such as a health check.
pub fn version_2_local() -> Vec<u8> {
    b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0".to_vec()
}

fn version_2_with(source: SocketAddr, destination: SocketAddr, tlvs: &[u8]) -> Vec<u8> {
    let mut addresses = Vec::new();
    for address in [source, destination] {
        match address.ip() {
            IpAddr::V4(ip) => addresses.extend(ip.octets()),
            IpAddr::V6(ip) => addresses.extend(ip.octets()),
        }
    }
    for address in [source, destination] {
        addresses.extend(address.port().to_be_bytes());
    }
    addresses.extend(tlvs);
    let length = u16::try_from(addresses.len()).expect("36 and one TLV at most");
    let mut header = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
    // Version 2, command PROXY; TCP over IPv4 or IPv6.
    header.extend([0x21, if source.is_ipv4() { 0x11 } else { 0x21 }]);
    header.extend(length.to_be_bytes());
    header.extend(addresses);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_version_and_family() {
        let (source, destination) = ("198.51.100.4:4321".parse().unwrap(), "203.0.113.1:80".parse().unwrap());
        assert_eq!(
            version_1(source, destination),
            b"PROXY TCP4 198.51.100.4 203.0.113.1 4321 80\r\n"
        );
        assert_eq!(
            version_2(source, destination),
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x04\xcb\0\x71\x01\x10\xe1\0\x50"
        );
        let (source, destination) = ("[2001:db8::1]:1".parse().unwrap(), "[2001:db8::2]:2".parse().unwrap());
        assert_eq!(
            version_1(source, destination),
            b"PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"
        );
        assert_eq!(version_2(source, destination).len(), 16 + 36);
    }
}
