//! What is wrong with one field, in the words of an API server.

use std::fmt;

use serde_json::Value;

/// Where a value stands: `spec.routes[0].services`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// One value that an API server refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldProblem {
    /// The path of the value, or of one that is missing.
    pub(super) path: String,
    /// Path and reason.
    pub(super) message: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A field that nobody reads.
    Unknown,
    /// A value that no type can hold.
    Unreadable,
    /// Before it is put right, the rules between fields make no sense.
    Blocking,
    Other,
}

impl FieldProblem {
    fn new(kind: Kind, path: impl fmt::Display, reason: impl fmt::Display) -> Self {
        let path = path.to_string();
        let message = match kind {
            Kind::Unknown => format!("{reason} \"{path}\""),
            _ if path.is_empty() => reason.to_string(),
            _ => format!("{path}: {reason}"),
        };
        Self { path, message, kind }
    }

    /// Whether the rules between fields cannot be looked at.
    pub(super) fn blocks_rules(&self) -> bool {
        self.kind == Kind::Blocking
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.kind == Kind::Unknown
    }

    pub(super) fn is_unreadable(&self) -> bool {
        self.kind == Kind::Unreadable
    }

    pub(super) fn unknown(path: impl fmt::Display) -> Self {
        Self::new(Kind::Unknown, path, "unknown field")
    }

    pub(super) fn repeated(path: impl fmt::Display) -> Self {
        Self::new(Kind::Unknown, path, "duplicate field")
    }

    pub(super) fn required(path: impl fmt::Display, detail: &str) -> Self {
        let colon = if detail.is_empty() { "" } else { ": " };
        Self::new(Kind::Blocking, path, format_args!("Required value{colon}{detail}"))
    }

    pub(super) fn invalid(path: impl fmt::Display, value: &Value, detail: impl fmt::Display) -> Self {
        Self::new(Kind::Other, path, format_args!("Invalid value: {value}: {detail}"))
    }

    pub(super) fn unsupported(path: impl fmt::Display, value: &Value, supported: &[Value]) -> Self {
        let supported: Vec<_> = supported.iter().map(quoted).collect();
        let supported = supported.join(", ");
        Self::new(
            Kind::Blocking,
            path,
            format_args!("Unsupported value: {value}: supported values: {supported}"),
        )
    }

    pub(super) fn wrong_type(path: impl fmt::Display, expected: &str, actual: &str) -> Self {
        let reason = format!("Invalid value: \"{actual}\": {path} in body must be of type {expected}: \"{actual}\"");
        Self::new(Kind::Blocking, path, reason)
    }

    pub(super) fn too_long(path: impl fmt::Display, most: usize) -> Self {
        let plural = if most == 1 { "" } else { "s" };
        Self::new(
            Kind::Blocking,
            path,
            format_args!("Too long: may not be more than {most} byte{plural}"),
        )
    }

    pub(super) fn too_many(path: impl fmt::Display, count: usize, most: usize) -> Self {
        let plural = if most == 1 { "" } else { "s" };
        Self::new(
            Kind::Blocking,
            path,
            format_args!("Too many: {count}: must have at most {most} item{plural}"),
        )
    }

    pub(super) fn duplicate(path: impl fmt::Display, value: &Value) -> Self {
        Self::new(Kind::Other, path, format_args!("Duplicate value: {value}"))
    }

    /// A value that the object's type cannot hold.
    pub(super) fn unreadable(path: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::new(Kind::Unreadable, path, error)
    }
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(_) => value.to_string(),
        other => format!("\"{other}\""),
    }
}
