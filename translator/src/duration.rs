//! Durations and timeouts in Go's grammar, as all fields and settings of the API have them.

use std::time::Duration;

use crate::model::Timeout;

/// Nanoseconds by unit.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// 136 years: Envoy counts some durations in 32 bits.
const LONGEST: u64 = u32::MAX as u64 * 1_000_000_000;

/// Reads a duration such as `1h30m` or `0.5s`. A negative one has no use here and is refused.
pub fn parse(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanos = 0_u64;
    while !rest.is_empty() {
        let number = leading(rest, |c| c.is_ascii_digit() || c == '.');
        rest = &rest[number.len()..];
        let unit = leading(rest, |c| !c.is_ascii_digit() && c != '.');
        rest = &rest[unit.len()..];
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') {
            return Err(invalid());
        }
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let (_, size) = UNITS
            .into_iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(|| format!("time: unknown unit {unit:?} in duration {text:?}"))?;
        nanos = scaled(whole, fraction, size)
            .and_then(|part| nanos.checked_add(part))
            .filter(|nanos| *nanos <= LONGEST)
            .ok_or_else(invalid)?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// Reads a timeout: nothing and zero are Envoy's own, `infinity` is none at all.
pub(crate) fn parse_timeout(text: &str) -> Result<Timeout, String> {
    match text {
        "" => Ok(Timeout::Default),
        "infinity" | "infinite" => Ok(Timeout::Disabled),
        text => match parse(text) {
            Ok(Duration::ZERO) => Ok(Timeout::Default),
            // Less than it counts would be none at all to Envoy.
            Ok(duration) => Ok(Timeout::After(duration.max(Duration::from_millis(1)))),
            Err(error) => Err(format!("unable to parse timeout string {text:?}: {error}")),
        },
    }
}

fn leading(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    &text[..end]
}

/// `whole.fraction` times `size`, rounded down; nothing if it is more than can be counted.
fn scaled(whole: &str, fraction: &str, size: u64) -> Option<u64> {
    let number = |digits: &str| {
        if digits.is_empty() {
            Some(0)
        } else {
            digits.parse::<u64>().ok()
        }
    };
    // More digits than these are less than a nanosecond of an hour.
    let fraction = &fraction[..fraction.len().min(18)];
    let part = u128::from(number(fraction)?) * u128::from(size) / 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    number(whole)?.checked_mul(size)?.checked_add(u64::try_from(part).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos() {
        let millis = |text| parse(text).map(|duration| duration.as_millis());
        assert_eq!(millis("1h2m3.5s"), Ok(3_723_500));
        assert_eq!(millis("1.5h"), Ok(5_400_000));
        assert_eq!(millis(".5s"), Ok(500));
        assert_eq!(millis("+20ms"), Ok(20));
        assert_eq!(millis("0"), Ok(0));
        assert_eq!(parse("7µs"), Ok(Duration::from_micros(7)));
        assert_eq!(parse("0.3333333333333333333333333333ns"), Ok(Duration::ZERO));
        assert_eq!(parse("1193046h"), Ok(Duration::from_hours(1_193_046)));
    }

    #[test]
    fn what_is_no_duration_is_refused_in_gos_words() {
        for text in [
            "",
            "h",
            ".s",
            "-5s",
            "1.2.3s",
            "9999999999999h",
            "2562048h",
            "1193047h",
            "s1",
        ] {
            assert_eq!(parse(text), Err(format!("time: invalid duration {text:?}")));
        }
        let missing = "time: missing unit in duration \"5\"";
        assert_eq!(parse("5"), Err(missing.to_owned()));
        let unknown = "time: unknown unit \"d\" in duration \"5d\"";
        assert_eq!(parse("5d"), Err(unknown.to_owned()));
    }

    #[test]
    fn timeouts_may_be_left_to_envoy_or_switched_off() {
        assert_eq!(parse_timeout(""), Ok(Timeout::Default));
        assert_eq!(parse_timeout("0s"), Ok(Timeout::Default));
        assert_eq!(parse_timeout("infinity"), Ok(Timeout::Disabled));
        assert_eq!(parse_timeout("infinite"), Ok(Timeout::Disabled));
        assert_eq!(parse_timeout("2s"), Ok(Timeout::After(Duration::from_secs(2))));
        assert_eq!(parse_timeout("1ns"), Ok(Timeout::After(Duration::from_millis(1))));
        let wrong = "unable to parse timeout string \"soon\": time: invalid duration \"soon\"";
        assert_eq!(parse_timeout("soon"), Err(wrong.to_owned()));
    }
}
