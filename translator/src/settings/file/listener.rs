//! The blocks `listener` and `compression`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{
    Compression as Algorithm, Settings,
    read::{bounded, positive, word},
    remark::At,
    text::Text,
};

/// How connections of clients are taken.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the configuration file's")]
pub(super) struct Listener {
    /// `exact` spreads connections evenly over Envoy's threads. Default: none.
    connection_balancer: Text,
    /// Requests after which a client's connection is closed, at least 1. Default: no limit.
    max_requests_per_connection: Option<u32>,
    /// Bytes that are buffered of a client's connection, at least 1. Default: Envoy's, 1 MiB.
    per_connection_buffer_limit_bytes: Option<u32>,
    /// Requests of one connection that are begun before others have their turn, at least 1. Default: no limit.
    max_requests_per_io_cycle: Option<u32>,
    /// Requests at a time on one HTTP/2 connection, 1 to 2147483647. Default: Envoy's.
    http2_max_concurrent_streams: Option<u32>,
    /// Connections at a time on each listener, at least 1. Default: no limit.
    max_connections_per_listener: Option<u32>,
    /// Connections that a thread takes at once, at least 1. Default: Envoy's.
    max_connections_to_accept_per_socket_event: Option<u32>,
    /// Marks on the packets that listeners send.
    socket_options: SocketOptions,
}

/// Marks on packets.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
struct SocketOptions {
    /// The IPv4 type of service, 0 to 255; 0 sets nothing. Default: `0`.
    tos: Option<i64>,
    /// The IPv6 traffic class, 0 to 255; 0 sets nothing. Default: `0`.
    traffic_class: Option<i64>,
}

/// How answers are compressed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Compression {
    /// `gzip`, `brotli`, `zstd` or `disabled`. Default: `gzip`.
    algorithm: Text,
}

/// As many as HTTP/2 can say.
const MAX_STREAMS: u32 = 2_147_483_647;

impl Listener {
    pub(super) fn apply(self, settings: &mut Settings, at: &mut At<'_>) {
        let (http, to) = (&mut settings.http, &mut settings.connections);
        let balanced = at.read("connection-balancer", self.connection_balancer, |text: String| match text.as_str() {
            "exact" => Ok(()),
            text => Err(format!(
                "invalid listener connection balancer value {text:?}, only 'exact' connection balancing is supported for now"
            )),
        });
        to.exact_balance = balanced.is_some();
        at.set(
            "max-requests-per-connection",
            self.max_requests_per_connection,
            &mut http.max_requests_per_connection,
            positive("max connections per request", "listener"),
        );
        at.set(
            "per-connection-buffer-limit-bytes",
            self.per_connection_buffer_limit_bytes,
            &mut to.buffer_limit_bytes,
            positive("per connections buffer limit bytes", "listener"),
        );
        at.set(
            "max-requests-per-io-cycle",
            self.max_requests_per_io_cycle,
            &mut to.max_requests_per_io_cycle,
            positive("max connections per IO cycle", "listener"),
        );
        at.set(
            "http2-max-concurrent-streams",
            self.http2_max_concurrent_streams,
            &mut http.max_concurrent_streams,
            |streams| {
                let streams = positive("max HTTP/2 concurrent streams", "listener")(streams)?;
                streams.map(bounded(1..=MAX_STREAMS)).transpose()
            },
        );
        at.set(
            "max-connections-per-listener",
            self.max_connections_per_listener,
            &mut to.max_per_listener,
            positive("max connections per listener", "listener"),
        );
        at.set(
            "max-connections-to-accept-per-socket-event",
            self.max_connections_to_accept_per_socket_event,
            &mut to.max_to_accept_per_socket_event,
            |number| match number {
                0 => Err("max-connections-to-accept-per-socket-event must be greater than 0".to_owned()),
                number => Ok(Some(number)),
            },
        );
        let options = &mut at.block("socket-options");
        options.set("tos", self.socket_options.tos, &mut to.tos, byte("IPv4 TOS"));
        options.set(
            "traffic-class",
            self.socket_options.traffic_class,
            &mut to.traffic_class,
            byte("IPv6 TrafficClass"),
        );
    }
}

fn byte(what: &str) -> impl FnOnce(i64) -> Result<u8, String> {
    move |number| {
        let byte = u8::try_from(number);
        byte.map_err(|_| format!("invalid listener {what} value {number}, must be in the range 0-255"))
    }
}

impl Compression {
    pub(super) fn apply(self, to: &mut Option<Algorithm>, at: &mut At<'_>) {
        let words = [
            ("gzip", Some(Algorithm::Gzip)),
            ("brotli", Some(Algorithm::Brotli)),
            ("zstd", Some(Algorithm::Zstd)),
            ("disabled", None),
        ];
        at.set("algorithm", self.algorithm, to, |text: String| {
            word(&text, &words, "invalid compression algorithm")
        });
    }
}
