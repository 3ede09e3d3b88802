//! JSON into a Rust type, with every field that the type does not know.

use std::fmt::Display;

use serde::{Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::problem::FieldProblem;

/// Reads a value that stands at a path.
pub(crate) fn typed<T: DeserializeOwned>(value: &Value, at: &str) -> Result<T, Vec<FieldProblem>> {
    typed_from(value, at)
}

/// Reads whatever stands at a path.
pub(crate) fn typed_from<'de, T: DeserializeOwned, D: Deserializer<'de, Error: Display>>(
    source: D,
    at: &str,
) -> Result<T, Vec<FieldProblem>> {
    let mut unknown = Vec::new();
    let mut on_unknown = |path: serde_ignored::Path<'_>| {
        unknown.push(FieldProblem::unknown(below(at, &bracketed(&path.to_string()))));
    };
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(source, &mut track);
    match T::deserialize(serde_ignored::Deserializer::new(tracked, &mut on_unknown)) {
        Ok(_) if !unknown.is_empty() => Err(unknown),
        Ok(value) => Ok(value),
        Err(error) => Err(vec![FieldProblem::unreadable(
            below(at, &track.path().to_string()),
            error,
        )]),
    }
}

fn below(parent: &str, path: &str) -> String {
    match (parent, path) {
        (parent, "" | ".") => parent.to_owned(),
        ("", path) => path.to_owned(),
        (parent, path) => format!("{parent}.{path}"),
    }
}

/// `spec.routes.0.x` as everybody writes it: `spec.routes[0].x`. An optional value adds a `?` to the path.
fn bracketed(path: &str) -> String {
    let mut out = String::new();
    for part in path.split('.').filter(|part| *part != "?") {
        if part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() {
            out.extend(["[", part, "]"]);
        } else {
            out += if out.is_empty() { "" } else { "." };
            out += part;
        }
    }
    out
}
