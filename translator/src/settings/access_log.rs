//! Access-log formats: what Envoy can print.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::read::alternatives;

/// The fields of the JSON form unless the operator says otherwise.
pub(super) const DEFAULT_FIELDS: [&str; 23] = [
    "@timestamp",
    "authority",
    "bytes_received",
    "bytes_sent",
    "downstream_local_address",
    "downstream_remote_address",
    "duration",
    "method",
    "path",
    "protocol",
    "request_id",
    "requested_server_name",
    "response_code",
    "response_flags",
    "uber_trace_id",
    "upstream_cluster",
    "upstream_host",
    "upstream_local_address",
    "upstream_service_time",
    "user_agent",
    "x_forwarded_for",
    "grpc_status",
    "grpc_status_number",
];

/// Fields whose names are not those of Envoy.
const SHORT_NAMES: [(&str, &str); 16] = [
    ("@timestamp", "%START_TIME%"),
    ("ts", "%START_TIME%"),
    ("authority", "%REQ(:AUTHORITY)%"),
    ("method", "%REQ(:METHOD)%"),
    ("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"),
    ("request_id", "%REQ(X-REQUEST-ID)%"),
    ("uber_trace_id", "%REQ(UBER-TRACE-ID)%"),
    ("upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"),
    ("user_agent", "%REQ(USER-AGENT)%"),
    ("x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"),
    ("x_trace_id", "%REQ(X-TRACE-ID)%"),
    ("tls_ja3_fingerprint", "%TLS_JA3_FINGERPRINT%"),
    ("tls_ja4_fingerprint", "%TLS_JA4_FINGERPRINT%"),
    (
        "contour_config_kind",
        "%METADATA(ROUTE:envoy.access_loggers.file:io.projectcontour.kind)%",
    ),
    (
        "contour_config_namespace",
        "%METADATA(ROUTE:envoy.access_loggers.file:io.projectcontour.namespace)%",
    ),
    (
        "contour_config_name",
        "%METADATA(ROUTE:envoy.access_loggers.file:io.projectcontour.name)%",
    ),
];

/// What Envoy prints without an argument.
const PLAIN: [&str; 78] = [
    "BYTES_RECEIVED",
    "BYTES_SENT",
    "CONNECTION_ID",
    "CONNECTION_TERMINATION_DETAILS",
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_DIRECT_REMOTE_PORT",
    "DOWNSTREAM_HEADER_BYTES_RECEIVED",
    "DOWNSTREAM_HEADER_BYTES_SENT",
    "DOWNSTREAM_LOCAL_ADDRESS",
    "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_LOCAL_PORT",
    "DOWNSTREAM_LOCAL_SUBJECT",
    "DOWNSTREAM_LOCAL_URI_SAN",
    "DOWNSTREAM_PEER_CERT",
    "DOWNSTREAM_PEER_CERT_V_END",
    "DOWNSTREAM_PEER_CERT_V_START",
    "DOWNSTREAM_PEER_FINGERPRINT_1",
    "DOWNSTREAM_PEER_FINGERPRINT_256",
    "DOWNSTREAM_PEER_ISSUER",
    "DOWNSTREAM_PEER_SERIAL",
    "DOWNSTREAM_PEER_SUBJECT",
    "DOWNSTREAM_PEER_URI_SAN",
    "DOWNSTREAM_REMOTE_ADDRESS",
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_REMOTE_PORT",
    "DOWNSTREAM_TLS_CIPHER",
    "DOWNSTREAM_TLS_SESSION_ID",
    "DOWNSTREAM_TLS_VERSION",
    "DOWNSTREAM_WIRE_BYTES_RECEIVED",
    "DOWNSTREAM_WIRE_BYTES_SENT",
    "DURATION",
    "FILTER_CHAIN_NAME",
    "GRPC_STATUS",
    "GRPC_STATUS_NUMBER",
    "HOSTNAME",
    "LOCAL_REPLY_BODY",
    "PROTOCOL",
    "REQUESTED_SERVER_NAME",
    "REQUEST_DURATION",
    "REQUEST_HEADERS_BYTES",
    "REQUEST_TX_DURATION",
    "RESPONSE_CODE",
    "RESPONSE_CODE_DETAILS",
    "RESPONSE_DURATION",
    "RESPONSE_FLAGS",
    "RESPONSE_HEADERS_BYTES",
    "RESPONSE_TRAILERS_BYTES",
    "RESPONSE_TX_DURATION",
    "ROUTE_NAME",
    "START_TIME",
    "TLS_JA3_FINGERPRINT",
    "TLS_JA4_FINGERPRINT",
    "UPSTREAM_CLUSTER",
    "UPSTREAM_HEADER_BYTES_RECEIVED",
    "UPSTREAM_HEADER_BYTES_SENT",
    "UPSTREAM_HOST",
    "UPSTREAM_LOCAL_ADDRESS",
    "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "UPSTREAM_LOCAL_PORT",
    "UPSTREAM_PEER_CERT",
    "UPSTREAM_PEER_CERT_V_END",
    "UPSTREAM_PEER_CERT_V_START",
    "UPSTREAM_PEER_ISSUER",
    "UPSTREAM_PEER_SUBJECT",
    "UPSTREAM_PROTOCOL",
    "UPSTREAM_REMOTE_ADDRESS",
    "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    "UPSTREAM_REMOTE_PORT",
    "UPSTREAM_REQUEST_ATTEMPT_COUNT",
    "UPSTREAM_TLS_CIPHER",
    "UPSTREAM_TLS_SESSION_ID",
    "UPSTREAM_TLS_VERSION",
    "UPSTREAM_TRANSPORT_FAILURE_REASON",
    "UPSTREAM_WIRE_BYTES_RECEIVED",
    "UPSTREAM_WIRE_BYTES_SENT",
    "VIRTUAL_CLUSTER_NAME",
    "UPSTREAM_FILTER_STATE",
];

/// What Envoy prints only with an argument.
const WITH_ARGUMENT: [&str; 6] = ["ENVIRONMENT", "METADATA", "REQ", "REQ_WITHOUT_QUERY", "RESP", "TRAILER"];

/// `%NAME%`, `%NAME(argument)%` or `%NAME(argument):length%`; a `%` alone has no name.
static OPERATOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"%(?:(?<name>[A-Z0-9_]+)(?:\((?<argument>[^)]+)\)(?<length>:[0-9]+)?)?%)?").expect("it is a constant")
});

/// A text format, which ends its line.
pub(super) fn text(format: String) -> Result<String, String> {
    check(&format).map_err(|error| format!("invalid access log format: {error}"))?;
    if format.ends_with('\n') {
        Ok(format)
    } else {
        Err("invalid access log format: must end in newline".to_owned())
    }
}

/// The formats of JSON fields, by their names. A field is `name` or `name=format`.
pub(super) fn json(fields: &[String]) -> Result<BTreeMap<String, String>, String> {
    fields.iter().map(|field| json_field(field)).collect()
}

fn json_field(field: &str) -> Result<(String, String), String> {
    if let Some((name, format)) = field.split_once('=') {
        check(format).map_err(|error| format!("invalid JSON field: {error}"))?;
        return Ok((name.to_owned(), format.to_owned()));
    }
    let short = SHORT_NAMES.iter().find(|(name, _)| *name == field);
    let operator = field.to_uppercase();
    match short {
        Some((_, format)) => Ok((field.to_owned(), (*format).to_owned())),
        None if PLAIN.contains(&operator.as_str()) => Ok((field.to_owned(), format!("%{operator}%"))),
        None => {
            let plain: Vec<_> = PLAIN.iter().map(|name| name.to_lowercase()).collect();
            let known: Vec<_> = SHORT_NAMES
                .iter()
                .map(|(name, _)| *name)
                .chain(plain.iter().map(String::as_str))
                .collect();
            Err(format!(
                "invalid JSON log field name {field}{}",
                alternatives(field, &known)
            ))
        }
    }
}

fn check(format: &str) -> Result<(), String> {
    for found in OPERATOR.captures_iter(format) {
        let operator = &found[0];
        let invalid = |why: &str| Err(format!("invalid Envoy format: {operator}{why}"));
        let Some(name) = found.name("name").map(|name| name.as_str()) else {
            return invalid("");
        };
        if !PLAIN.contains(&name) && !WITH_ARGUMENT.contains(&name) {
            return invalid(&format!(", invalid Envoy operator: {name}"));
        }
        if WITH_ARGUMENT.contains(&name) && found.name("argument").is_none() {
            return invalid(&format!(", arguments required for operator: {name}"));
        }
        if name == "START_TIME" && found.name("length").is_some() {
            return invalid(&format!(", operator {name} cannot have truncation length"));
        }
    }
    Ok(())
}
