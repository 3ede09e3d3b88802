//! What the tests share: golden cases, and real parts to run them against.

#![allow(missing_docs, clippy::print_stderr)]

pub mod case;

/// The lines that differ, in the order of the files.
pub fn difference(expected: &str, actual: &str) -> String {
    similar::TextDiff::from_lines(expected, actual).unified_diff().header("expected", "actual").to_string()
}
