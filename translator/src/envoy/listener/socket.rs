//! How listeners take connections.

use std::net::IpAddr;

use isoline_envoy_api::{
    envoy::config::{
        core::v3::{
            Address, SocketOption, address,
            socket_option::{SocketState, Value},
        },
        listener::v3::{
            Listener,
            listener::{
                ConnectionBalanceConfig,
                connection_balance_config::{BalanceType, ExactBalance},
            },
        },
    },
    socket_address,
};

use crate::settings::Connections;

/// A listener without chains.
pub(super) fn listener(name: &str, ip: IpAddr, port: u16, settings: &Connections) -> Listener {
    let balance = settings.exact_balance.then_some(ConnectionBalanceConfig {
        balance_type: Some(BalanceType::ExactBalance(ExactBalance {})),
    });
    Listener {
        name: name.to_owned(),
        address: Some(address(ip, port)),
        per_connection_buffer_limit_bytes: settings.buffer_limit_bytes,
        connection_balance_config: balance,
        max_connections_to_accept_per_socket_event: settings.max_to_accept_per_socket_event,
        socket_options: options(ip, settings),
        ..Default::default()
    }
}

/// Whoever listens on all of IPv6 listens on all of IPv4 too.
fn address(ip: IpAddr, port: u16) -> Address {
    let mut message = socket_address(&ip, port);
    if let Some(address::Address::SocketAddress(address)) = &mut message.address {
        address.ipv4_compat = takes_both(ip);
    }
    message
}

fn takes_both(ip: IpAddr) -> bool {
    ip.is_ipv6() && ip.is_unspecified()
}

/// Linux's numbers. Dead clients are found after 90 seconds. An option of the other family would bring Envoy down.
fn options(ip: IpAddr, settings: &Connections) -> Vec<SocketOption> {
    let tos = (settings.tos > 0 && (ip.is_ipv4() || takes_both(ip))).then(|| option("IP_TOS", 0, 1, settings.tos));
    let class = settings.traffic_class;
    let class = (class > 0 && ip.is_ipv6()).then(|| option("IPV6_TCLASS", 41, 67, class));
    let keep_alive = [
        option("SO_KEEPALIVE", 1, 9, 1),
        option("TCP_KEEPIDLE", 6, 4, 45),
        option("TCP_KEEPINTVL", 6, 5, 5),
        option("TCP_KEEPCNT", 6, 6, 9),
    ];
    keep_alive.into_iter().chain(tos).chain(class).collect()
}

fn option(description: &str, level: i64, name: i64, value: u8) -> SocketOption {
    SocketOption {
        description: description.to_owned(),
        level,
        name,
        state: SocketState::StateListening.into(),
        value: Some(Value::IntValue(value.into())),
        ..Default::default()
    }
}
