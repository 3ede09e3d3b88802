//! The Envoy v3 messages that Isoline builds and reads, as plain structs.
//!
//! The modules follow the protobuf packages. [`any`] packs a message, [`json`] shows one in Envoy's own JSON form with
//! every `Any` expanded.

mod json;
mod shapes;
mod wire;

pub use json::{JsonError, any_to_json};
pub use prost_types::{Any, Duration, Struct, Value, value};

#[allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    rustdoc::all,
    clippy::all,
    clippy::pedantic
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/envoy.rs"));
}

pub use generated::{cel, envoy, google, xds};

/// Packs a message under its type URL.
pub fn any<M: prost::Name>(message: &M) -> Any {
    Any {
        type_url: M::type_url(),
        value: message.encode_to_vec(),
    }
}

/// A TCP address.
pub fn socket_address(host: &impl ToString, port: u16) -> envoy::config::core::v3::Address {
    use envoy::config::core::v3::{Address, SocketAddress, address, socket_address::PortSpecifier};
    let address = SocketAddress {
        address: host.to_string(),
        port_specifier: Some(PortSpecifier::PortValue(port.into())),
        ..Default::default()
    };
    Address {
        address: Some(address::Address::SocketAddress(address)),
    }
}
