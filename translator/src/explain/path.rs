//! Paths as Envoy writes them before it looks for a route.

use crate::settings::Settings;

/// Without segments that are dots, without escapes of what needs none, and with slashes merged if the operator wants it.
/// The query stays as it is.
pub(super) fn normalize(path_and_query: &str, settings: &Settings) -> String {
    let (path, query) = split(path_and_query);
    let mut path = without_dots(&unescaped(path).replace('\\', "/"));
    if settings.http.merge_slashes {
        path = merged(&path);
    }
    path + query
}

/// The path, and the query with its question mark.
pub(super) fn split(path_and_query: &str) -> (&str, &str) {
    let end = path_and_query.find(['?', '#']).unwrap_or(path_and_query.len());
    path_and_query.split_at(end)
}

fn unescaped(path: &str) -> String {
    let mut parts = path.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let plain_byte = byte.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte));
        if let Some(byte) = plain_byte {
            plain.push(char::from(byte));
            plain.push_str(&part[2..]);
        } else {
            plain.push('%');
            plain.push_str(part);
        }
    }
    plain
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

fn merged(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !merged.ends_with('/') {
            merged.push(character);
        }
    }
    merged
}
