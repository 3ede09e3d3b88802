//! PROXY headers, byte by byte.

/// A TCP connection over IPv4 from a client elsewhere to this port of a load balancer, as version 1 says it.
pub fn v1(destination_port: u16) -> Vec<u8> {
    format!("PROXY TCP4 203.0.113.7 198.51.100.1 56324 {destination_port}\r\n").into_bytes()
}

/// The same, as version 2 says it.
pub fn v2(destination_port: u16) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
    // Version 2, command PROXY; TCP over IPv4; twelve bytes of addresses.
    header.extend([0x21, 0x11, 0, 12]);
    header.extend([203, 0, 113, 7, 198, 51, 100, 1]);
    header.extend(56324_u16.to_be_bytes());
    header.extend(destination_port.to_be_bytes());
    header
}
