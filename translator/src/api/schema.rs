//! Words of the schemas that no Rust type says.

use schemars::{Schema, SchemaGenerator, json_schema};

macro_rules! units {
    () => {
        concat!(
            r"((\d*(\.\d*)?h)|(\d*(\.\d*)?m)|(\d*(\.\d*)?s)|(\d*(\.\d*)?ms)|(\d*(\.\d*)?us)|(\d*(\.\d*)?µs)",
            r"|(\d*(\.\d*)?ns))+"
        )
    };
}
macro_rules! dns_name {
    () => {
        r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
    };
}
macro_rules! controls {
    () => {
        concat!(
            r"\x7f\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
            r"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"
        )
    };
}

/// One or more numbers with a unit.
pub(crate) const DURATION: &str = concat!("^(", units!(), ")$");
/// A duration, or none at all.
pub(crate) const DURATION_OR_INFINITY: &str = concat!("^(", units!(), "|infinity|infinite)$");
/// A duration, or zero without a unit.
pub(crate) const DURATION_OR_ZERO: &str = concat!("^(", units!(), "|0)$");
/// A DNS name in lower case.
pub(crate) const DNS_NAME: &str = concat!("^", dns_name!(), "$");
/// A DNS name in lower case, or all names one label below it.
pub(crate) const FQDN: &str = concat!(r"^(\*\.)?", dns_name!(), "$");
/// What HTTP calls a token.
pub(crate) const TOKEN: &str = r"^[a-zA-Z0-9!#$%&'*+.^_`|~-]+$";
/// A path from the root.
pub(crate) const PATH: &str = r"^\/.*$";
/// A decimal number.
pub(crate) const DECIMAL: &str = r"^([0-9]+([.][0-9]+)?|[.][0-9]+)$";
/// What a cookie may be called.
pub(crate) const COOKIE_NAME: &str = concat!(r#"^[^()<>@,;:\\"\/[\]?={} \t"#, controls!(), "]+$");
/// What may stand in a cookie's Path.
pub(crate) const COOKIE_PATH: &str = concat!("^[^;", controls!(), "]+$");
/// The statuses of a redirect.
pub(crate) const REDIRECT_STATUSES: [i32; 5] = [301, 302, 303, 307, 308];

/// What a text that matches a pattern is, for people.
pub(crate) fn in_words(pattern: &str) -> Option<&'static str> {
    let words = [
        (DURATION, "a duration such as `1h30m`"),
        (DURATION_OR_INFINITY, "a duration such as `1h30m`, or `infinity`"),
        (DURATION_OR_ZERO, "a duration such as `1h30m`, or `0`"),
        (DNS_NAME, "a DNS name in lower case"),
        (FQDN, "a DNS name in lower case, perhaps with `*.` before it"),
        (TOKEN, "an HTTP token"),
        (PATH, "a path from `/` on"),
        (DECIMAL, "a decimal number"),
        (COOKIE_NAME, "a cookie name"),
        (COOKIE_PATH, "without `;` and control characters"),
    ];
    let known = words.into_iter().find(|(known, _)| *known == pattern);
    known.map(|(_, words)| words)
}

/// An integer without a format.
pub(crate) fn integer(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "integer"})
}

/// The statuses of a redirect, as a list.
pub(crate) fn redirect_statuses(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"type": "integer", "format": "int32", "enum": REDIRECT_STATUSES}})
}
