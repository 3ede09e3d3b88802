//! What stands behind a backslash.

use super::PatternError;

/// A class of digits, spaces or words.
pub(super) const PERL_CLASSES: &str = "dDsSwW";

/// Reads one escape outside of a class: as many instructions as it takes, and what follows.
pub(super) fn parse(text: &str) -> Result<(u64, &str), PatternError> {
    let rest = &text[1..];
    let Some(kind) = rest.chars().next() else {
        return Err(PatternError::new("trailing backslash at end of expression", ""));
    };
    let after = &rest[kind.len_utf8()..];
    match kind {
        'A' | 'b' | 'B' | 'z' => Ok((1, after)),
        'Q' => Ok(after
            .split_once("\\E")
            .map_or((after.len() as u64, ""), |(quoted, rest)| (quoted.len() as u64, rest))),
        'p' | 'P' => unicode(text),
        kind if PERL_CLASSES.contains(kind) => Ok((8, after)),
        _ => character(text).map(|(found, rest)| (found.len_utf8() as u64, rest)),
    }
}

/// Reads `\pL` or `\p{Greek}`. Only names that every version of Unicode knows pass.
pub(super) fn unicode(text: &str) -> Result<(u64, &str), PatternError> {
    let after = text.get(2..).unwrap_or_default();
    let (name, rest) = if let Some(braced) = after.strip_prefix('{') {
        let closed = braced.split_once('}');
        closed.ok_or_else(|| PatternError::new("invalid character class range", text))?
    } else {
        after.split_at(after.chars().next().map_or(0, char::len_utf8))
    };
    let written = &text[..text.len() - rest.len()];
    let name = name.strip_prefix('^').unwrap_or(name);
    let is_known = name == "Any" || CATEGORIES.contains(&name) || SCRIPTS.contains(&name);
    if is_known {
        Ok((64, rest))
    } else {
        Err(PatternError::new("invalid character class range", written))
    }
}

/// Reads an escape that stands for one character.
pub(super) fn character(text: &str) -> Result<(char, &str), PatternError> {
    let rest = &text[1..];
    let Some(kind) = rest.chars().next() else {
        return Err(PatternError::new("trailing backslash at end of expression", ""));
    };
    let after = &rest[kind.len_utf8()..];
    let invalid = |length: usize| {
        let end = (1 + length..=text.len()).find(|end| text.is_char_boundary(*end));
        Err(PatternError::new(
            "invalid escape sequence",
            &text[..end.unwrap_or(text.len())],
        ))
    };
    let is_octal = kind == '0' || kind.is_digit(8) && after.starts_with(|next: char| next.is_digit(8));
    let numbered = match kind {
        'x' => Some(hexadecimal(after)),
        _ if is_octal => Some(octal(rest)),
        _ => None,
    };
    if let Some(number) = numbered {
        // Envoy reads paths and headers byte by byte: there is no larger character.
        let found = number.and_then(|(number, after)| Some((char::from(u8::try_from(number).ok()?), after)));
        return found.map_or_else(|| invalid(1), Ok);
    }
    match kind {
        'a' => Ok(('\x07', after)),
        'f' => Ok(('\x0c', after)),
        'n' => Ok(('\n', after)),
        'r' => Ok(('\r', after)),
        't' => Ok(('\t', after)),
        'v' => Ok(('\x0b', after)),
        kind if kind.is_ascii() && !kind.is_ascii_alphanumeric() => Ok((kind, after)),
        kind => invalid(kind.len_utf8()),
    }
}

fn octal(text: &str) -> Option<(u32, &str)> {
    let digits = text
        .bytes()
        .take(3)
        .take_while(|byte| (b'0'..=b'7').contains(byte))
        .count();
    let (digits, rest) = text.split_at(digits);
    Some((u32::from_str_radix(digits, 8).ok()?, rest))
}

fn hexadecimal(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}')?,
        None => (text.get(..2)?, &text[2..]),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
    Some((number, rest))
}

/// General categories.
const CATEGORIES: [&str; 36] = [
    "C", "Cc", "Cf", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P",
    "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
];

const SCRIPTS: [&str; 33] = [
    "Arabic",
    "Armenian",
    "Bengali",
    "Bopomofo",
    "Braille",
    "Cherokee",
    "Common",
    "Cyrillic",
    "Devanagari",
    "Ethiopic",
    "Georgian",
    "Greek",
    "Gujarati",
    "Gurmukhi",
    "Han",
    "Hangul",
    "Hebrew",
    "Hiragana",
    "Inherited",
    "Kannada",
    "Katakana",
    "Khmer",
    "Lao",
    "Latin",
    "Malayalam",
    "Mongolian",
    "Myanmar",
    "Oriya",
    "Sinhala",
    "Syriac",
    "Tamil",
    "Thai",
    "Tibetan",
];
