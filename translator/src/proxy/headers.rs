//! Header policies: names in their canonical form, values as Envoy formats.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::shared::HeadersPolicy,
    model::{Headers, HostRewrite},
    settings::{HeaderDefaults, HeaderPolicy},
};

/// What the reference lets through to Envoy's formatter; everything else between percent signs is text.
const VARIABLES: [&str; 26] = [
    "DOWNSTREAM_REMOTE_ADDRESS",
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_LOCAL_ADDRESS",
    "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_LOCAL_PORT",
    "DOWNSTREAM_LOCAL_URI_SAN",
    "DOWNSTREAM_PEER_URI_SAN",
    "DOWNSTREAM_LOCAL_SUBJECT",
    "DOWNSTREAM_PEER_SUBJECT",
    "DOWNSTREAM_PEER_ISSUER",
    "DOWNSTREAM_TLS_SESSION_ID",
    "DOWNSTREAM_TLS_CIPHER",
    "DOWNSTREAM_TLS_VERSION",
    "DOWNSTREAM_PEER_FINGERPRINT_256",
    "DOWNSTREAM_PEER_FINGERPRINT_1",
    "DOWNSTREAM_PEER_SERIAL",
    "DOWNSTREAM_PEER_CERT",
    "DOWNSTREAM_PEER_CERT_V_START",
    "DOWNSTREAM_PEER_CERT_V_END",
    "HOSTNAME",
    "PROTOCOL",
    "UPSTREAM_REMOTE_ADDRESS",
    "RESPONSE_FLAGS",
    "RESPONSE_CODE_DETAILS",
    "TLS_JA3_FINGERPRINT",
    "TLS_JA4_FINGERPRINT",
];

/// The longest value that Envoy takes.
const LONGEST_VALUE: usize = 16_384;

/// As many headers as one policy may set. Envoy takes a thousand in one place, of which others need some.
const MOST_HEADERS: usize = 500;

/// What stands for variables of our own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variables<'a> {
    pub(super) namespace: &'a str,
    /// Name and port, where there is one.
    pub(super) service: Option<(&'a str, i64)>,
}

/// Which way the headers go: only requests have a Host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Response,
}

impl Direction {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// A policy that has been read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Edits {
    set: BTreeMap<String, String>,
    remove: BTreeSet<String>,
    pub(super) host: Option<HostRewrite>,
}

impl Edits {
    /// Reads what an object says.
    pub(super) fn read(
        policy: Option<&HeadersPolicy>,
        direction: Direction,
        variables: Variables<'_>,
    ) -> Result<Self, String> {
        let mut edits = Self::default();
        let Some(policy) = policy else {
            return Ok(edits);
        };
        for header in &policy.set {
            let name = canonical(&header.name);
            if edits.set.contains_key(&name) {
                return Err(format!("duplicate header addition: {name:?}"));
            }
            if name == "Host" {
                edits.host = Some(host(&header.value, direction)?);
                continue;
            }
            let invalid = |problem: &str| format!("invalid set header {name:?}: {problem}");
            check_name(&name).map_err(invalid)?;
            check_value(&header.value).map_err(invalid)?;
            edits.set.insert(name, escape(&header.value, variables));
        }
        for written in &policy.remove {
            let name = canonical(written);
            if edits.remove.contains(&name) {
                return Err(format!("duplicate header removal: {name:?}"));
            }
            let invalid = |problem: &str| format!("invalid remove header {name:?}: {problem}");
            check_name(&name).map_err(invalid)?;
            if name == "Host" {
                return Err(invalid("every request needs it"));
            }
            edits.remove.insert(name);
        }
        if edits.set.len() > MOST_HEADERS {
            let count = edits.set.len();
            return Err(format!("{count} headers are set, no more than {MOST_HEADERS} may be"));
        }
        Ok(edits)
    }

    /// Adds what the operator sets and the object does not.
    pub(super) fn with_defaults(
        mut self,
        defaults: &HeaderDefaults,
        direction: Direction,
        variables: Variables<'_>,
    ) -> Result<Self, String> {
        for (written, value) in &defaults.set {
            let name = canonical(written);
            if name == "Host" {
                let found = host(value, direction)?;
                if !matches!(found, HostRewrite::Literal(_)) {
                    let problem = "rewriting \"Host\" host header with dynamic value is not supported on service";
                    return Err(problem.to_owned());
                }
                self.host.get_or_insert(found);
            } else {
                self.set.entry(name).or_insert_with(|| escape(value, variables));
            }
        }
        self.remove.extend(defaults.remove.iter().map(|name| canonical(name)));
        Ok(self)
    }

    pub(super) fn into_headers(self) -> Headers {
        Headers {
            set: self.set.into_iter().collect(),
            remove: self.remove.into_iter().collect(),
        }
    }
}

/// What an operator has done to requests and answers whose object says nothing of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct OperatorsHeaders {
    pub(crate) request: Headers,
    pub(crate) response: Headers,
    /// Replaces the Host.
    pub(crate) host: Option<String>,
}

/// The operator's defaults for one port of a service.
pub(crate) fn of_operator(
    policy: &HeaderPolicy,
    namespace: &str,
    service: (&str, i64),
) -> Result<OperatorsHeaders, String> {
    let variables = Variables {
        namespace,
        service: Some(service),
    };
    let read = |defaults, direction: Direction| {
        let edits = Edits::default().with_defaults(defaults, direction, variables);
        edits.map_err(|problem| format!("{problem} on {} headers", direction.as_str()))
    };
    let request = read(&policy.request, Direction::Request)?;
    let response = read(&policy.response, Direction::Response)?;
    Ok(OperatorsHeaders {
        host: match &request.host {
            Some(HostRewrite::Literal(host)) => Some(host.clone()),
            _ => None,
        },
        request: request.into_headers(),
        response: response.into_headers(),
    })
}

fn host(value: &str, direction: Direction) -> Result<HostRewrite, String> {
    if direction == Direction::Response {
        return Err("rewriting \"Host\" header is not supported".to_owned());
    }
    let invalid = |problem: &str| format!("rewriting \"Host\" header to {value:?}: {problem}");
    let Some((before, rest)) = value.split_once("%REQ(") else {
        check_host(value).map_err(invalid)?;
        return Ok(HostRewrite::Literal(value.to_owned()));
    };
    let (name, after) = rest
        .split_once(")%")
        .ok_or_else(|| invalid("a header's value is written %REQ(X-Name)%"))?;
    check_name(name).map_err(invalid)?;
    if before.is_empty() && after.is_empty() {
        return Ok(HostRewrite::Header(canonical(name)));
    }
    for text in [before, after].into_iter().filter(|text| !text.is_empty()) {
        check_host(text).map_err(invalid)?;
    }
    Ok(HostRewrite::Format(value.to_owned()))
}

/// What a Host can be made of: a name or an address, with or without a port.
pub(super) fn check_host(host: &str) -> Result<(), &'static str> {
    let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if host.is_empty() || host.len() > 255 {
        Err("a host has 1 to 255 characters")
    } else if host.bytes().all(is_of_host) {
        Ok(())
    } else {
        Err("a host consists of letters, digits, '-', '_', '.', ':', '[' and ']'")
    }
}

/// What Envoy takes as the name of a header and the reference too.
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        Ok(())
    } else {
        Err(
            "[a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')]",
        )
    }
}

/// What a header's value may be.
pub(crate) fn check_value(value: &str) -> Result<(), &'static str> {
    if value
        .chars()
        .any(|character| character.is_control() && character != '\t')
    {
        Err("control characters are not allowed")
    } else if value.len() > LONGEST_VALUE {
        Err("a value has no more than 16384 bytes")
    } else {
        Ok(())
    }
}

/// A header's name as Go writes it: `x-foo` is `X-Foo`; what is no name stays as it is.
pub(crate) fn canonical(name: &str) -> String {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.bytes().all(is_token) {
        return name.to_owned();
    }
    let mut starts_word = true;
    name.chars()
        .map(|character| {
            let cased = if starts_word {
                character.to_ascii_uppercase()
            } else {
                character.to_ascii_lowercase()
            };
            starts_word = character == '-';
            cased
        })
        .collect()
}

/// A value as Envoy's format: variables that are known stay, ours are put in, every other percent sign is doubled.
pub(super) fn escape(value: &str, variables: Variables<'_>) -> String {
    let mut escaped = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((text, after)) = rest.split_once('%') {
        escaped += text;
        let variable = after.split_once('%').and_then(|(name, after)| {
            let format = resolve(name, variables)?;
            Some((format, after))
        });
        if let Some((format, after)) = variable {
            escaped += &format;
            rest = after;
        } else {
            escaped += "%%";
            rest = after;
        }
    }
    escaped + rest
}

fn resolve(name: &str, variables: Variables<'_>) -> Option<String> {
    match (name, variables.service) {
        ("CONTOUR_NAMESPACE", _) => Some(variables.namespace.to_owned()),
        ("CONTOUR_SERVICE_NAME", Some((service, _))) => Some(service.to_owned()),
        ("CONTOUR_SERVICE_PORT", Some((_, port))) => Some(port.to_string()),
        _ if VARIABLES.contains(&name) || is_request_header(name) => Some(format!("%{name}%")),
        _ => None,
    }
}

/// `REQ(name)`, `REQ(:name)`, `REQ(one?other)`, each with `:length` at its end or not.
fn is_request_header(text: &str) -> bool {
    let Some((names, length)) = text.strip_prefix("REQ(").and_then(|rest| rest.split_once(')')) else {
        return false;
    };
    let is_name = |name: &str| {
        let name = name.strip_prefix(':').unwrap_or(name);
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let (first, second) = names.split_once('?').map_or((names, None), |(a, b)| (a, Some(b)));
    let is_length = |text: &str| (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_name(first)
        && second.is_none_or(is_name)
        && (length.is_empty() || length.strip_prefix(':').is_some_and(is_length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::shared::HeaderValue;

    const NOWHERE: Variables<'_> = Variables {
        namespace: "shop",
        service: None,
    };

    fn set(name: &str, value: &str) -> HeadersPolicy {
        HeadersPolicy {
            set: vec![HeaderValue {
                name: name.to_owned(),
                value: value.to_owned(),
            }],
            remove: Vec::new(),
        }
    }

    fn read(name: &str, value: &str) -> Result<Edits, String> {
        Edits::read(Some(&set(name, value)), Direction::Request, NOWHERE)
    }

    #[test]
    fn percent_signs_are_text_unless_a_known_variable_stands_between_them() {
        let cases = [
            ("100%", "100%%"),
            ("50%%", "50%%%%"),
            ("%HOSTNAME%", "%HOSTNAME%"),
            ("100%%HOSTNAME%", "100%%%HOSTNAME%"),
            ("%START_TIME%", "%%START_TIME%%"),
            ("%REQ(X-A)%", "%REQ(X-A)%"),
            ("%REQ(:path?X-B):12%", "%REQ(:path?X-B):12%"),
            ("%REQ(X A)%", "%%REQ(X A)%%"),
            ("%REQ(X-A):x%", "%%REQ(X-A):x%%"),
            ("%CONTOUR_NAMESPACE%", "shop"),
            ("%CONTOUR_SERVICE_NAME%", "%%CONTOUR_SERVICE_NAME%%"),
            ("a%PROTOCOL%b%c", "a%PROTOCOL%b%%c"),
        ];
        for (value, expected) in cases {
            assert_eq!(escape(value, NOWHERE), expected, "{value}");
        }
        let of_service = Variables {
            service: Some(("till", 80)),
            ..NOWHERE
        };
        let value = "%CONTOUR_SERVICE_NAME%.%CONTOUR_NAMESPACE%:%CONTOUR_SERVICE_PORT%";
        assert_eq!(escape(value, of_service), "till.shop:80");
    }

    #[test]
    fn names_are_gos() {
        assert_eq!(canonical("x-fOO-bar"), "X-Foo-Bar");
        assert_eq!(canonical("x_a"), "X_a");
        assert_eq!(canonical("x a"), "x a");
        assert_eq!(canonical(":path"), ":path");
    }

    #[test]
    fn a_host_is_a_literal_a_header_or_both() {
        let host = |value| read("host", value).map(|edits| edits.host);
        let literal = HostRewrite::Literal("in.example:8443".to_owned());
        assert_eq!(host("in.example:8443"), Ok(Some(literal)));
        let header = HostRewrite::Header("X-Host".to_owned());
        assert_eq!(host("%REQ(x-host)%"), Ok(Some(header)));
        let both = HostRewrite::Format("a.%REQ(X-Host)%".to_owned());
        assert_eq!(host("a.%REQ(X-Host)%"), Ok(Some(both)));
        for wrong in [
            "a b",
            "a/b",
            "%HOSTNAME%",
            "%REQ(X-Host",
            "%REQ(a b)%",
            "a%REQ(X)%%REQ(Y)%",
        ] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_envoy_would_refuse_is_refused() {
        assert!(read("x-a", "line\nbreak").is_err());
        assert!(read("x-a", &"a".repeat(20_000)).is_err());
        let policy = HeadersPolicy {
            set: Vec::new(),
            remove: vec!["host".to_owned()],
        };
        assert!(Edits::read(Some(&policy), Direction::Request, NOWHERE).is_err());
    }
}
