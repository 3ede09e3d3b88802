//! What is accepted, what is refused, and in which words.

use std::time::Duration;

use super::*;

/// Everything that is wrong with a file, with its place.
fn refusal(text: &str, flags: Flags) -> String {
    match Settings::read(text, flags) {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => error.to_string(),
    }
}

/// Each file with the start of what is said about it.
const REFUSED: &[(&str, &str)] = &[
    // What is not known, and where it stands.
    ("no-such-key: 1", "1:1: unknown field `no-such-key`"),
    (
        "tls:\n  minimum-protocol-versio: 1.2",
        "2:28: tls: unknown field `minimum-protocol-versio`; did you mean \"minimum-protocol-version\"?",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, expected) in REFUSED {
        let refusal = refusal(text, Flags::default());
        assert!(
            refusal.starts_with(expected),
            "{text}\n  is refused by {refusal}\n  not by {expected}"
        );
    }
}
