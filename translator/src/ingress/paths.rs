//! The path of a rule, by its type.

use crate::{model::PathMatch, re2};

/// Any of these makes a path that is left to the implementation a regular expression.
const REGEX_CHARACTERS: &[char] = &['^', '+', '*', '[', ']', '%'];

/// Which paths a rule is for, or what is wrong with it.
pub(super) fn path_match(kind: &str, path: &str) -> Result<PathMatch, String> {
    if !path.starts_with('/') {
        return Err(format!("path \"{path}\" does not start with /"));
    }
    match kind {
        "Exact" => Ok(PathMatch::Exact(path.to_owned())),
        "Prefix" => segments(path),
        "ImplementationSpecific" | "" if path.contains(REGEX_CHARACTERS) => match re2::check(path) {
            Ok(()) => Ok(PathMatch::Regex(path.to_owned())),
            Err(error) => Err(format!("path \"{path}\" is no regular expression: {error}")),
        },
        "ImplementationSpecific" | "" => Ok(PathMatch::Prefix(path.to_owned())),
        other => Err(format!("pathType \"{other}\" is not supported")),
    }
}

/// Envoy takes no prefix of segments that could not be one of a path.
fn segments(path: &str) -> Result<PathMatch, String> {
    if path.contains(['?', '#']) {
        return Err(format!("path \"{path}\" holds a character that no path has"));
    }
    Ok(match path.trim_end_matches('/') {
        "" => PathMatch::Prefix("/".to_owned()),
        path => PathMatch::SegmentPrefix(path.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(kind: &str, path: &str) -> PathMatch {
        path_match(kind, path).unwrap()
    }

    #[test]
    fn prefixes_are_of_segments_unless_they_are_of_everything() {
        assert_eq!(ok("Prefix", "/"), PathMatch::Prefix("/".to_owned()));
        assert_eq!(ok("Prefix", "/a"), PathMatch::SegmentPrefix("/a".to_owned()));
        assert_eq!(ok("Prefix", "/a/b//"), PathMatch::SegmentPrefix("/a/b".to_owned()));
        assert_eq!(ok("Exact", "/a/"), PathMatch::Exact("/a/".to_owned()));
    }

    #[test]
    fn what_is_left_to_us_is_a_regex_if_it_looks_like_one() {
        for kind in ["ImplementationSpecific", ""] {
            assert_eq!(ok(kind, "/a.b"), PathMatch::Prefix("/a.b".to_owned()));
            assert_eq!(ok(kind, "/[a-z]+"), PathMatch::Regex("/[a-z]+".to_owned()));
            assert_eq!(ok(kind, "/a%20b"), PathMatch::Regex("/a%20b".to_owned()));
        }
    }

    #[test]
    fn paths_that_envoy_would_refuse_are_refused() {
        for (kind, path) in [
            ("Prefix", "a"),
            ("Prefix", ""),
            ("Prefix", "/a?b"),
            ("Prefix", "/a#"),
            ("ImplementationSpecific", "/[a"),
            ("ImplementationSpecific", "^/a"),
            ("Other", "/a"),
        ] {
            assert!(path_match(kind, path).is_err(), "{kind} {path}");
        }
    }
}
