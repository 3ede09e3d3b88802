//! The block `timeouts`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Settings, read::timeout, remark::At, text::Text};
use crate::duration;

/// How long things may take: a duration such as `1m30s`, or `infinity`; 0 leaves it to Envoy.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(super) struct Timeouts {
    /// A whole request of a client. Default: none.
    request_timeout: Text,
    /// A client's connection without a request. Default: `60s`.
    connection_idle_timeout: Text,
    /// A request on which nothing moves. Default: Envoy's, 5m.
    stream_idle_timeout: Text,
    /// A client's connection, whatever happens on it. Default: none.
    max_connection_duration: Text,
    /// A connection that is being closed. Default: Envoy's, 1s.
    delayed_close_timeout: Text,
    /// Between the announcement that a connection will close, and its end. Default: Envoy's, 5s.
    connection_shutdown_grace_period: Text,
    /// A connection to an endpoint; not `infinity`. Default: `2s`.
    connect_timeout: Text,
}

impl Timeouts {
    pub(super) fn apply(self, settings: &mut Settings, at: &mut At<'_>) {
        let to = &mut settings.timeouts;
        at.set(
            "request-timeout",
            self.request_timeout,
            &mut to.request,
            timeout("request timeout"),
        );
        at.set(
            "connection-idle-timeout",
            self.connection_idle_timeout,
            &mut to.connection_idle,
            timeout("connection idle timeout"),
        );
        at.set(
            "stream-idle-timeout",
            self.stream_idle_timeout,
            &mut to.stream_idle,
            timeout("stream idle timeout"),
        );
        at.set(
            "max-connection-duration",
            self.max_connection_duration,
            &mut to.max_connection_duration,
            timeout("max connection duration"),
        );
        at.set(
            "delayed-close-timeout",
            self.delayed_close_timeout,
            &mut to.delayed_close,
            timeout("delayed close timeout"),
        );
        at.set(
            "connection-shutdown-grace-period",
            self.connection_shutdown_grace_period,
            &mut to.connection_shutdown_grace_period,
            timeout("connection shutdown grace period"),
        );
        let connect = at.read("connect-timeout", self.connect_timeout, |text: String| {
            duration::parse(&text).map_err(|error| format!("connect timeout {text:?}: {error}"))
        });
        if let Some(connect) = connect.filter(|connect| *connect > Duration::ZERO) {
            settings.cluster.connect_timeout = connect;
        }
    }
}
