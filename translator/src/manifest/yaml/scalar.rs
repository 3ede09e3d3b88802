//! What a scalar means, as where YAML becomes JSON for an API server: the words of YAML 1.1 for switches, numbers in the
//! forms of both versions, and text in all else.

use std::borrow::Cow;

use granit_parser::{ScalarStyle, Tag};
use serde_json::{Number, Value};

/// The value of a scalar; why it has none.
pub(super) fn value(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let is_plain = style == ScalarStyle::Plain;
    let wrong = |what: &str, text: &str| Err(format!("{text:?} is no {what}"));
    match tag.map(name).as_deref() {
        Some("null") => Ok(Value::Null),
        Some("bool") => switch(&text).map_or_else(|| wrong("boolean", &text), |value| Ok(value.into())),
        Some("int") => integer(&text).map_or_else(|| wrong("integer", &text), |value| Ok(value.into())),
        Some("float") => real(&text).map_or_else(|| wrong("number", &text), |value| finite(value, &text)),
        Some("str" | "") => Ok(Value::String(text.into_owned())),
        Some("binary") => binary(&text),
        _ if is_plain => plain(text),
        _ => Ok(Value::String(text.into_owned())),
    }
}

/// The part of a tag that says the type; empty for `!`, which only says that it is text.
fn name(tag: &Tag) -> String {
    let tag = tag.to_string();
    match tag.as_str() {
        "!" => String::new(),
        tag => tag.rsplit(['!', ':']).next().unwrap_or_default().to_owned(),
    }
}

fn plain(text: Cow<'_, str>) -> Result<Value, String> {
    if text.is_empty() || text == "~" || text.eq_ignore_ascii_case("null") {
        return Ok(Value::Null);
    }
    if let Some(value) = letter_or_switch(&text) {
        return Ok(value);
    }
    if let Some(number) = integer(&text) {
        return Ok(number.into());
    }
    match real(&text) {
        Some(number) => finite(number, &text),
        None => Ok(Value::String(text.into_owned())),
    }
}

/// A lone `y` or `n` is a letter, and only the longer words are switches.
fn letter_or_switch(text: &str) -> Option<Value> {
    switch(text).map(|value| match text.len() {
        1 => Value::String(text.to_owned()),
        _ => Value::Bool(value),
    })
}

fn switch(text: &str) -> Option<bool> {
    let is_any = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_any(["true", "yes", "on", "y"]) {
        Some(true)
    } else {
        is_any(["false", "no", "off", "n"]).then_some(false)
    }
}

/// Decimal without a leading zero, or with `0x`, `0o` or `0b`; single `_` may stand between digits.
fn integer(text: &str) -> Option<Number> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixed = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let prefixed = prefixed
        .into_iter()
        .find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, radix)));
    let (digits, radix) = prefixed.unwrap_or((digits, 10));
    let is_joined = |part: &str| !part.is_empty() && part.chars().all(|digit| digit.is_digit(radix));
    let is_octal_of_old = radix == 10 && digits.starts_with('0') && digits != "0";
    if is_octal_of_old || !digits.split('_').all(is_joined) {
        return None;
    }
    let digits = digits.replace('_', "");
    if is_negative {
        i64::from_str_radix(&format!("-{digits}"), radix).ok().map(Number::from)
    } else {
        u64::from_str_radix(&digits, radix).ok().map(Number::from)
    }
}

/// What Rust reads as a number but for its words for what is none; YAML has its own for those.
fn real(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_word = |word: &str| unsigned.eq_ignore_ascii_case(word);
    if is_word(".inf") || is_word(".nan") {
        return Some(f64::INFINITY);
    }
    let is_numeral = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    is_numeral.then(|| text.parse().ok()).flatten()
}

/// A number without a fraction is an integer.
fn finite(number: f64, text: &str) -> Result<Value, String> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < LARGEST {
        #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and fits")]
        return Ok(Value::from(number as i64));
    }
    let number = Number::from_f64(number).map(Value::Number);
    number.ok_or_else(|| format!("{text} is no number that JSON can hold"))
}

fn binary(text: &str) -> Result<Value, String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let encoded: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let decoded = STANDARD
        .decode(encoded)
        .map_err(|error| format!("no base64: {error}"))?;
    let text = String::from_utf8(decoded).map_err(|_| "the bytes are no text".to_owned())?;
    Ok(Value::String(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_mean_what_they_mean_to_an_api_server() {
        for (text, meant) in [
            ("", Value::Null),
            ("~", Value::Null),
            ("NULL", Value::Null),
            ("Yes", json!(true)),
            ("oFF", json!(false)),
            ("y", json!("y")),
            ("N", json!("N")),
            ("0", json!(0)),
            ("-7", json!(-7)),
            ("+7", json!(7)),
            ("1_000", json!(1000)),
            ("1__0", json!("1__0")),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("0b101", json!(5)),
            ("007", json!(7)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("1.5", json!(1.5)),
            ("1.0", json!(1)),
            ("1e3", json!(1000)),
            (".5", json!(0.5)),
            ("1.2.3", json!("1.2.3")),
            ("inf", json!("inf")),
            ("nan", json!("nan")),
            ("-", json!("-")),
            (".", json!(".")),
            ("10s", json!("10s")),
            ("2001-01-01", json!("2001-01-01")),
        ] {
            assert_eq!(value(text.into(), ScalarStyle::Plain, None), Ok(meant), "{text}");
        }
        for text in [".inf", "-.Inf", ".NaN", "1e999"] {
            assert!(value(text.into(), ScalarStyle::Plain, None).is_err(), "{text}");
        }
        assert_eq!(value("true".into(), ScalarStyle::DoubleQuoted, None), Ok(json!("true")));
    }
}
