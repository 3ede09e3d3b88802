//! Classes of characters in brackets.

use super::{PatternError, escape};

const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// Reads a class from its opening bracket on: as many instructions as it takes, and what follows.
pub(super) fn parse(whole: &str) -> Result<(u64, &str), PatternError> {
    let mut rest = &whole[1..];
    let mut size = 2;
    if let Some(negated) = rest.strip_prefix('^') {
        rest = negated;
        size += 4;
    }
    let mut is_first = true;
    loop {
        if let Some(after) = rest.strip_prefix(']').filter(|_| !is_first) {
            return Ok((size, after));
        }
        is_first = false;
        let (part, after) = part(whole, rest)?;
        size += part;
        rest = after;
    }
}

fn part<'p>(whole: &'p str, text: &'p str) -> Result<(u64, &'p str), PatternError> {
    if text.starts_with("[:")
        && let Some(end) = text.find(":]")
    {
        let name = &text[2..end];
        let name = name.strip_prefix('^').unwrap_or(name);
        return if NAMED.contains(&name) {
            Ok((10, &text[end + 2..]))
        } else {
            Err(PatternError::new("invalid character class range", &text[..end + 2]))
        };
    }
    if let Some(kind) = text.strip_prefix('\\').and_then(|rest| rest.chars().next()) {
        if escape::PERL_CLASSES.contains(kind) {
            return Ok((8, &text[2..]));
        }
        if matches!(kind, 'p' | 'P') {
            return escape::unicode(text);
        }
    }
    let (low, after) = character(whole, text)?;
    let (high, after) = match after.strip_prefix('-') {
        Some(range) if !range.starts_with(']') && !range.is_empty() => character(whole, range)?,
        _ => (low, after),
    };
    if high < low {
        let written = &text[..text.len() - after.len()];
        return Err(PatternError::new("invalid character class range", written));
    }
    Ok((4, after))
}

fn character<'p>(whole: &'p str, text: &'p str) -> Result<(char, &'p str), PatternError> {
    match text.chars().next() {
        None => Err(PatternError::new("missing closing ]", whole)),
        Some('\\') => escape::character(text),
        Some(found) => Ok((found, &text[found.len_utf8()..])),
    }
}
