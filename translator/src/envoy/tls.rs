//! What TLS towards clients and towards upstreams have in common.

use isoline_envoy_api::{
    Any,
    envoy::{
        config::core::v3::{TransportSocket, transport_socket},
        extensions::transport_sockets::tls::v3::{TlsParameters as Message, tls_parameters::TlsProtocol},
    },
};

use crate::{model::TlsVersion, settings::TlsParameters};

pub(super) fn parameters(parameters: &TlsParameters, minimum: TlsVersion, maximum: TlsVersion) -> Message {
    Message {
        tls_minimum_protocol_version: version(minimum).into(),
        tls_maximum_protocol_version: version(maximum).into(),
        cipher_suites: parameters.cipher_suites.clone(),
        ecdh_curves: parameters.ecdh_curves.clone(),
        ..Default::default()
    }
}

pub(super) fn transport_socket(context: Any) -> TransportSocket {
    TransportSocket {
        name: "envoy.transport_sockets.tls".to_owned(),
        config_type: Some(transport_socket::ConfigType::TypedConfig(context)),
    }
}

fn version(version: TlsVersion) -> TlsProtocol {
    match version {
        TlsVersion::V1_2 => TlsProtocol::TlSv12,
        TlsVersion::V1_3 => TlsProtocol::TlSv13,
    }
}
