//! How single values are read: text to what it stands for, or why it stands for nothing.

use std::{fmt::Display, net::IpAddr, ops::RangeInclusive, time::Duration};

use crate::{duration, model::Timeout, object::NamespacedName};

/// One of some words.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)], refusal: &str) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        format!("{refusal} {text:?}{}", alternatives(text, &known))
    })
}

/// What to write instead of a word that nobody knows.
pub(super) fn alternatives<S: AsRef<str>>(text: &str, known: &[S]) -> String {
    let known: Vec<_> = known.iter().map(AsRef::as_ref).collect();
    let close = known.iter().filter(|word| is_close(text, word));
    let meant = close.min_by_key(|word| strsim::damerau_levenshtein(text, word));
    let meant = meant
        .map(|word| format!(", did you mean {word:?}?"))
        .unwrap_or_default();
    match known.len() {
        0..=MOST_LISTED => format!("{meant} (known: {})", known.join(", ")),
        _ => meant,
    }
}

/// Serde's words for a field or a word that it does not know, with what may have been meant.
pub(super) fn with_alternatives(message: &str) -> String {
    let unknown = message
        .strip_prefix("unknown ")
        .and_then(|_| message.split_once(", expected "));
    let Some((said, expected)) = unknown else {
        return message.to_owned();
    };
    let known: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
    let written = said.split('`').nth(1).unwrap_or_default();
    format!("{said}{}", alternatives(written, &known))
}

/// A longer list is for the documentation.
const MOST_LISTED: usize = 40;

/// Whether a word can be a slip of the pen for another.
fn is_close(text: &str, word: &str) -> bool {
    strsim::damerau_levenshtein(text, word) <= word.len() / 4
}

/// A number within bounds.
pub(super) fn bounded<N: PartialOrd + Display>(bounds: RangeInclusive<N>) -> impl FnOnce(N) -> Result<N, String> {
    move |number| {
        if bounds.contains(&number) {
            return Ok(number);
        }
        let (least, most) = bounds.into_inner();
        Err(format!("{number} is not between {least} and {most}"))
    }
}

/// A number of something on a listener or cluster that is not 0.
pub(super) fn positive(what: &str, on: &str) -> impl FnOnce(u32) -> Result<Option<u32>, String> {
    move |number| match number {
        0 => Err(format!("invalid {what} value 0 set on {on}, minimum value is 1")),
        number => Ok(Some(number)),
    }
}

/// How long something may take, or for ever.
pub(super) fn timeout(what: &str) -> impl FnOnce(String) -> Result<Timeout, String> {
    move |text| match text.as_str() {
        "infinity" | "infinite" => Ok(Timeout::Disabled),
        text => match duration::parse(text) {
            Ok(Duration::ZERO) => Ok(Timeout::Default),
            Ok(duration) => Ok(Timeout::After(duration)),
            Err(error) => Err(format!("invalid {what} {text:?}: {error}")),
        },
    }
}

/// `namespace/name`, or a name in the namespace `default`.
pub(super) fn reference(text: &str) -> Result<NamespacedName, String> {
    let (namespace, name) = text.split_once('/').unwrap_or(("default", text));
    if namespace.is_empty() || name.is_empty() || name.contains('/') {
        return Err(format!("invalid reference {text:?}, must be namespace/name"));
    }
    Ok(NamespacedName::new(namespace, name))
}

/// An address that can be bound.
pub(super) fn address(text: &str) -> Result<IpAddr, String> {
    let address = text.parse::<IpAddr>();
    address
        .map(|address| address.to_canonical())
        .map_err(|_| format!("{text:?} is no IP address"))
}

/// A port that can be bound or dialled.
pub(super) fn port(number: u16) -> Result<u16, String> {
    bounded(1..=u16::MAX)(number)
}
