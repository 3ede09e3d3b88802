//! Access-log formats: what Envoy can print.

use std::{collections::BTreeMap, sync::LazyLock};

use regex_lite::Regex;

use super::read::alternatives;

/// The fields of the JSON form unless the operator says otherwise.
const DEFAULT_FIELDS: [&str; 23] = [
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
const SHORT_NAMES: [(&str, &str); 19] = [
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
    ("isoline_scheme", "%FILTER_STATE(wasm.isoline.scheme:PLAIN)%"),
    ("isoline_client_address", "%FILTER_STATE(wasm.isoline.client:PLAIN)%"),
    (
        "isoline_client_source",
        "%FILTER_STATE(wasm.isoline.client_source:PLAIN)%",
    ),
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

/// What an operator takes in parentheses.
#[derive(Clone, Copy)]
enum Argument {
    /// Nothing.
    None,
    /// Anything or nothing.
    Optional,
    /// One of these or nothing.
    Word(&'static [&'static str]),
    /// Anything.
    Required,
    /// `Header` or `Header?Alternative`.
    Header,
    /// `SOURCE:path`.
    Metadata,
    /// `key`, `key:PLAIN`, `key:TYPED` or `key:FIELD:name`.
    State,
}

impl Argument {
    fn may_be_missing(self) -> bool {
        matches!(self, Self::None | Self::Optional | Self::Word(_))
    }

    /// Whether Envoy takes it.
    fn takes(self, argument: &str) -> bool {
        match self {
            Self::None => false,
            Self::Optional | Self::Required => true,
            Self::Word(words) => words.contains(&argument),
            Self::Header => {
                let (header, alternative) = argument.split_once('?').unwrap_or((argument, ""));
                is_header(header) && is_header(alternative)
            }
            Self::Metadata => METADATA.contains(&argument.split(':').next().unwrap_or_default()),
            Self::State => match *argument.split(':').collect::<Vec<_>>() {
                [_] | [_, "PLAIN" | "TYPED"] | [_, "FIELD", _] => !argument.starts_with(':'),
                _ => false,
            },
        }
    }
}

/// A name that HTTP allows, or a pseudo-header; empty is none at all.
fn is_header(name: &str) -> bool {
    let name = name.strip_prefix(':').unwrap_or(name);
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    name.bytes().all(is_allowed)
}

/// Where metadata can be.
const METADATA: [&str; 7] = [
    "DYNAMIC",
    "CLUSTER",
    "ROUTE",
    "UPSTREAM_HOST",
    "LISTENER",
    "LISTENER_FILTER_CHAIN",
    "VIRTUAL_HOST",
];

/// What Envoy prints and takes an argument.
const WITH_ARGUMENT: [(&str, Argument); 20] = [
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", Argument::Optional),
    ("DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", Argument::Optional),
    ("DOWNSTREAM_PEER_CERT_V_END", Argument::Optional),
    ("DOWNSTREAM_PEER_CERT_V_START", Argument::Optional),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", Argument::Optional),
    ("ENVIRONMENT", Argument::Required),
    (
        "GRPC_STATUS",
        Argument::Word(&["CAMEL_STRING", "SNAKE_STRING", "NUMBER"]),
    ),
    ("METADATA", Argument::Metadata),
    ("REQ", Argument::Header),
    (
        "REQUESTED_SERVER_NAME",
        Argument::Word(&["SNI_ONLY", "SNI_FIRST", "HOST_FIRST"]),
    ),
    ("REQ_WITHOUT_QUERY", Argument::Header),
    ("RESP", Argument::Header),
    ("RESPONSE_CODE_DETAILS", Argument::Optional),
    ("START_TIME", Argument::Optional),
    ("TRAILER", Argument::Header),
    ("UPSTREAM_FILTER_STATE", Argument::State),
    ("UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", Argument::Optional),
    ("UPSTREAM_PEER_CERT_V_END", Argument::Optional),
    ("UPSTREAM_PEER_CERT_V_START", Argument::Optional),
    ("UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", Argument::Optional),
];

/// What Envoy prints and takes none.
const PLAIN: [&str; 64] = [
    "BYTES_RECEIVED",
    "BYTES_SENT",
    "CONNECTION_ID",
    "CONNECTION_TERMINATION_DETAILS",
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
    "DOWNSTREAM_DIRECT_REMOTE_PORT",
    "DOWNSTREAM_HEADER_BYTES_RECEIVED",
    "DOWNSTREAM_HEADER_BYTES_SENT",
    "DOWNSTREAM_LOCAL_ADDRESS",
    "DOWNSTREAM_LOCAL_PORT",
    "DOWNSTREAM_LOCAL_SUBJECT",
    "DOWNSTREAM_LOCAL_URI_SAN",
    "DOWNSTREAM_PEER_CERT",
    "DOWNSTREAM_PEER_FINGERPRINT_1",
    "DOWNSTREAM_PEER_FINGERPRINT_256",
    "DOWNSTREAM_PEER_ISSUER",
    "DOWNSTREAM_PEER_SERIAL",
    "DOWNSTREAM_PEER_SUBJECT",
    "DOWNSTREAM_PEER_URI_SAN",
    "DOWNSTREAM_REMOTE_ADDRESS",
    "DOWNSTREAM_REMOTE_PORT",
    "DOWNSTREAM_TLS_CIPHER",
    "DOWNSTREAM_TLS_SESSION_ID",
    "DOWNSTREAM_TLS_VERSION",
    "DOWNSTREAM_WIRE_BYTES_RECEIVED",
    "DOWNSTREAM_WIRE_BYTES_SENT",
    "DURATION",
    "FILTER_CHAIN_NAME",
    "GRPC_STATUS_NUMBER",
    "HOSTNAME",
    "LOCAL_REPLY_BODY",
    "PROTOCOL",
    "REQUEST_DURATION",
    "REQUEST_HEADERS_BYTES",
    "REQUEST_TX_DURATION",
    "RESPONSE_CODE",
    "RESPONSE_DURATION",
    "RESPONSE_FLAGS",
    "RESPONSE_HEADERS_BYTES",
    "RESPONSE_TRAILERS_BYTES",
    "RESPONSE_TX_DURATION",
    "ROUTE_NAME",
    "TLS_JA3_FINGERPRINT",
    "TLS_JA4_FINGERPRINT",
    "UPSTREAM_CLUSTER",
    "UPSTREAM_HEADER_BYTES_RECEIVED",
    "UPSTREAM_HEADER_BYTES_SENT",
    "UPSTREAM_HOST",
    "UPSTREAM_LOCAL_ADDRESS",
    "UPSTREAM_LOCAL_PORT",
    "UPSTREAM_PEER_CERT",
    "UPSTREAM_PEER_ISSUER",
    "UPSTREAM_PEER_SUBJECT",
    "UPSTREAM_PROTOCOL",
    "UPSTREAM_REMOTE_ADDRESS",
    "UPSTREAM_REMOTE_PORT",
    "UPSTREAM_REQUEST_ATTEMPT_COUNT",
    "UPSTREAM_TLS_CIPHER",
    "UPSTREAM_TLS_SESSION_ID",
    "UPSTREAM_TLS_VERSION",
    "UPSTREAM_TRANSPORT_FAILURE_REASON",
    "UPSTREAM_WIRE_BYTES_RECEIVED",
    "UPSTREAM_WIRE_BYTES_SENT",
    "VIRTUAL_CLUSTER_NAME",
];

/// The argument of an operator that may stand in a format.
fn argument_of(operator: &str) -> Option<Argument> {
    let with_argument = WITH_ARGUMENT.iter().find(|(name, _)| *name == operator);
    let plain = PLAIN.contains(&operator).then_some(Argument::None);
    with_argument.map(|(_, argument)| *argument).or(plain)
}

/// `%NAME%`, `%NAME(argument)%` or `%NAME(argument):length%`, or `%%` for itself; a `%` alone has no name.
static OPERATOR: LazyLock<Regex> = LazyLock::new(|| {
    let operator = r"%(?:%|(?<name>[A-Z0-9_]+)(?:\((?<argument>[^)\n]+)\)(?<length>:[0-9]{1,9})?)?%)?";
    Regex::new(operator).expect("it is a constant")
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

/// Those of the fields that are logged unless the operator says otherwise.
pub(super) fn default_json() -> BTreeMap<String, String> {
    let fields = DEFAULT_FIELDS.iter().filter_map(|field| json_field(field).ok());
    fields.collect()
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
        None if argument_of(&operator).is_some_and(Argument::may_be_missing) => {
            Ok((field.to_owned(), format!("%{operator}%")))
        }
        None => Err(format!(
            "invalid JSON log field name {field}{}",
            alternatives(field, &field_names())
        )),
    }
}

/// Every field that needs no format.
fn field_names() -> Vec<String> {
    let short = SHORT_NAMES.iter().map(|(name, _)| (*name).to_owned());
    let optional = WITH_ARGUMENT.iter().filter(|(_, argument)| argument.may_be_missing());
    let operators = optional.map(|(name, _)| name).chain(&PLAIN);
    short.chain(operators.map(|name| name.to_lowercase())).collect()
}

fn check(format: &str) -> Result<(), String> {
    for found in OPERATOR.captures_iter(format) {
        let operator = &found[0];
        if operator == "%%" {
            continue;
        }
        let invalid = |why: &str| Err(format!("invalid Envoy format: {operator}{why}"));
        let Some(name) = found.name("name").map(|name| name.as_str()) else {
            return invalid("");
        };
        let Some(takes) = argument_of(name) else {
            return invalid(&format!(", invalid Envoy operator: {name}"));
        };
        match found.name("argument").map(|argument| argument.as_str()) {
            None if !takes.may_be_missing() => return invalid(&format!(", arguments required for operator: {name}")),
            Some(argument) if !takes.takes(argument) => {
                return invalid(&format!(", operator {name} does not take {argument:?}"));
            }
            _ => {}
        }
        if takes.may_be_missing() && found.name("length").is_some() {
            return invalid(&format!(", operator {name} cannot have truncation length"));
        }
    }
    Ok(())
}
