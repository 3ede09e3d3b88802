//! What is wrong with one field, in the words of an API server.

use std::fmt;

use serde_json::Value;

/// Where a value stands: `spec.routes[0].services`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Path<'a> {
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
pub(crate) struct FieldProblem {
    /// The path of the value, or of one that is missing.
    pub(crate) path: String,
    pub(crate) reason: String,
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

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, reason, kind } = self;
        match kind {
            Kind::Unknown => write!(f, "{reason} {}", shown(&path.as_str().into())),
            _ if path.is_empty() => f.write_str(reason),
            _ => write!(f, "{path}: {reason}"),
        }
    }
}

impl FieldProblem {
    fn new(kind: Kind, path: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self {
            path: path.to_string(),
            reason: reason.to_string(),
            kind,
        }
    }

    /// Whether the rules between fields cannot be looked at.
    pub(crate) fn blocks_rules(&self) -> bool {
        self.kind == Kind::Blocking
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.kind == Kind::Unknown
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        self.kind == Kind::Unreadable
    }

    pub(crate) fn unknown(path: impl fmt::Display) -> Self {
        Self::new(Kind::Unknown, path, "unknown field")
    }

    pub(crate) fn repeated(path: impl fmt::Display) -> Self {
        Self::new(Kind::Unknown, path, "duplicate field")
    }

    pub(crate) fn required(path: impl fmt::Display, detail: &str) -> Self {
        let colon = if detail.is_empty() { "" } else { ": " };
        Self::new(Kind::Blocking, path, format_args!("Required value{colon}{detail}"))
    }

    pub(crate) fn invalid(path: impl fmt::Display, value: &Value, detail: impl fmt::Display) -> Self {
        Self::new(
            Kind::Other,
            path,
            format_args!("Invalid value: {}: {detail}", shown(value)),
        )
    }

    pub(crate) fn unsupported(path: impl fmt::Display, value: &Value, supported: &[Value]) -> Self {
        let supported: Vec<_> = supported.iter().map(quoted).collect();
        let supported = supported.join(", ");
        Self::new(
            Kind::Blocking,
            path,
            format_args!("Unsupported value: {}: supported values: {supported}", shown(value)),
        )
    }

    pub(crate) fn wrong_type(path: impl fmt::Display, expected: &str, actual: &str) -> Self {
        let reason = format!("Invalid value: \"{actual}\": {path} in body must be of type {expected}: \"{actual}\"");
        Self::new(Kind::Blocking, path, reason)
    }

    pub(crate) fn too_long(path: impl fmt::Display, most: i64) -> Self {
        let plural = if most == 1 { "" } else { "s" };
        Self::new(
            Kind::Blocking,
            path,
            format_args!("Too long: may not be more than {most} byte{plural}"),
        )
    }

    pub(crate) fn too_many(path: impl fmt::Display, count: i64, most: i64) -> Self {
        let plural = if most == 1 { "" } else { "s" };
        Self::new(
            Kind::Blocking,
            path,
            format_args!("Too many: {count}: must have at most {most} item{plural}"),
        )
    }

    pub(crate) fn duplicate(path: impl fmt::Display, value: &Value) -> Self {
        Self::new(Kind::Other, path, format_args!("Duplicate value: {}", shown(value)))
    }

    /// A value that the object's type cannot hold.
    pub(crate) fn unreadable(path: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::new(Kind::Unreadable, path, error)
    }
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(_) => shown(value),
        other => format!("\"{other}\""),
    }
}

/// A value as an API server, written in Go, shows it: nothing in it can steer a terminal.
fn shown(value: &Value) -> String {
    let Value::String(text) = value else {
        return value.to_string().chars().map(escaped).collect();
    };
    let quoted = text.chars().map(|letter| match letter {
        '"' | '\\' => format!("\\{letter}"),
        letter => escaped(letter),
    });
    format!("\"{}\"", quoted.collect::<String>())
}

fn escaped(letter: char) -> String {
    match letter {
        '\u{7}' => r"\a".to_owned(),
        '\u{8}' => r"\b".to_owned(),
        '\t' => r"\t".to_owned(),
        '\n' => r"\n".to_owned(),
        '\u{b}' => r"\v".to_owned(),
        '\u{c}' => r"\f".to_owned(),
        '\r' => r"\r".to_owned(),
        control if control.is_ascii_control() => format!(r"\x{:02x}", u32::from(control)),
        control if control.is_control() => format!(r"\u{:04x}", u32::from(control)),
        letter => letter.to_string(),
    }
}
