//! Regular expressions as Envoy's RE2 takes them.
//!
//! Its syntax is neither that of Rust's `regex` nor, at the edges, that of Go: what only one of them takes is refused, so
//! that nothing that passes here is refused by Envoy. The errors are Go's. Envoy matches byte by byte, so that no class
//! takes more than some dozens of instructions.

mod class;
mod escape;

/// As often as one part may be repeated, repetitions within it counted.
const MAX_REPEAT: u32 = 1000;
/// As deep as groups may be nested.
const MAX_DEPTH: usize = 250;
/// An estimate, from above, of as many instructions as RE2 compiles a pattern to.
const MAX_SIZE: u64 = 50_000;

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {kind}: `{part}`")]
pub(crate) struct PatternError {
    kind: &'static str,
    part: String,
}

impl PatternError {
    fn new(kind: &'static str, part: &str) -> Self {
        Self {
            kind,
            part: part.to_owned(),
        }
    }
}

/// Whether Envoy takes a pattern.
pub(crate) fn check(pattern: &str) -> Result<(), PatternError> {
    let mut parser = Parser {
        pattern,
        rest: pattern,
        groups: vec![Group::default()],
        names: Vec::new(),
    };
    while !parser.rest.is_empty() {
        parser.step()?;
    }
    match parser.groups.as_slice() {
        [whole] if whole.size() > MAX_SIZE => Err(PatternError::new("expression too large", pattern)),
        [_] => Ok(()),
        _ => Err(PatternError::new("missing closing )", pattern)),
    }
}

/// The text for a pattern that matches it and nothing else.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

/// A pattern in the words of engines that do not know `\C`, which is any byte.
pub(crate) fn without_any_byte(pattern: &str) -> String {
    let mut rest = pattern;
    let mut written = String::with_capacity(pattern.len());
    while let Some((before, escape)) = rest.split_once('\\') {
        written.push_str(before);
        let length = escape.chars().next().map_or(0, char::len_utf8);
        match &escape[..length] {
            "C" => written.push_str("(?s:.)"),
            kind => {
                written.push('\\');
                written.push_str(kind);
            }
        }
        rest = &escape[length..];
    }
    written + rest
}

struct Parser<'p> {
    pattern: &'p str,
    rest: &'p str,
    /// Those that are open, from the outside to the inside.
    groups: Vec<Group<'p>>,
    names: Vec<&'p str>,
}

#[derive(Default)]
struct Group<'p> {
    /// Of all that is complete.
    size: u64,
    repeats: u32,
    last: Option<Atom>,
    /// Where the repetition starts that has just been read.
    repetition: Option<&'p str>,
    folds_case: bool,
}

/// What a repetition repeats.
#[derive(Clone, Copy)]
struct Atom {
    size: u64,
    /// How often its innermost part is repeated at most.
    repeats: u32,
}

impl Group<'_> {
    fn push(&mut self, size: u64, repeats: u32) {
        self.settle();
        let size = if self.folds_case { size.saturating_mul(2) } else { size };
        self.last = Some(Atom { size, repeats });
    }

    fn settle(&mut self) {
        self.repetition = None;
        if let Some(atom) = self.last.take() {
            self.size = self.size.saturating_add(atom.size);
            self.repeats = self.repeats.max(atom.repeats);
        }
    }

    fn size(&self) -> u64 {
        self.size.saturating_add(self.last.map_or(0, |atom| atom.size))
    }
}

impl<'p> Parser<'p> {
    fn group(&mut self) -> &mut Group<'p> {
        if self.groups.is_empty() {
            self.groups.push(Group::default());
        }
        let innermost = self.groups.len() - 1;
        &mut self.groups[innermost]
    }

    fn step(&mut self) -> Result<(), PatternError> {
        let before = self.rest;
        let mut characters = self.rest.chars();
        let Some(first) = characters.next() else {
            return Ok(());
        };
        self.rest = characters.as_str();
        match first {
            '(' => self.open(before)?,
            ')' => self.close()?,
            '|' => {
                self.group().settle();
                self.group().size += 2;
            }
            '[' => {
                let (size, rest) = class::parse(before)?;
                self.rest = rest;
                self.group().push(size, 1);
            }
            '*' => self.repeat(before, 0, None)?,
            '+' => self.repeat(before, 1, None)?,
            '?' => self.repeat(before, 0, Some(1))?,
            '{' => match counts(self.rest) {
                Some((least, most, rest)) => {
                    self.rest = rest;
                    self.repeat_counted(before, least, most)?;
                }
                None => self.group().push(1, 1),
            },
            '\\' => {
                let (size, rest) = escape::parse(before)?;
                self.rest = rest;
                self.group().push(size, 1);
            }
            '.' => self.group().push(4, 1),
            literal => self.group().push(literal.len_utf8() as u64, 1),
        }
        Ok(())
    }

    fn open(&mut self, before: &'p str) -> Result<(), PatternError> {
        let mut folds_case = self.group().folds_case;
        if let Some(flags) = self.rest.strip_prefix('?') {
            if let Some(named) = flags.strip_prefix("P<").or_else(|| flags.strip_prefix('<')) {
                self.name(before, named)?;
            } else {
                let (folds, is_group) = self.flags(before, flags)?;
                folds_case = folds.unwrap_or(folds_case);
                if !is_group {
                    let group = self.group();
                    group.settle();
                    group.folds_case = folds_case;
                    return Ok(());
                }
            }
        }
        self.group().settle();
        if self.groups.len() > MAX_DEPTH {
            return Err(PatternError::new("expression nests too deeply", self.pattern));
        }
        self.groups.push(Group {
            folds_case,
            ..Group::default()
        });
        Ok(())
    }

    fn name(&mut self, before: &'p str, named: &'p str) -> Result<(), PatternError> {
        let end = named
            .find('>')
            .ok_or_else(|| PatternError::new("invalid named capture", before))?;
        let name = &named[..end];
        let written = &before[..=before.len() - named.len() + end];
        let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_word {
            return Err(PatternError::new("invalid named capture", written));
        }
        if self.names.contains(&name) {
            return Err(PatternError::new("duplicate capture group name", name));
        }
        self.names.push(name);
        self.rest = &named[end + 1..];
        Ok(())
    }

    /// Reads `i-s:`; says what becomes of case, and whether a group begins.
    fn flags(&mut self, before: &'p str, flags: &'p str) -> Result<(Option<bool>, bool), PatternError> {
        let mut folds = None;
        let mut is_negative = false;
        let mut has_flag = false;
        for (at, flag) in flags.char_indices() {
            match flag {
                'i' => folds = Some(!is_negative),
                'm' | 's' | 'U' => {}
                '-' if !is_negative => {
                    is_negative = true;
                    has_flag = false;
                    continue;
                }
                ':' | ')' if has_flag || !is_negative && (flag == ':' || at > 0) => {
                    self.rest = &flags[at + 1..];
                    return Ok((folds, flag == ':'));
                }
                _ => {
                    let read = before.len() - flags.len() + at + flag.len_utf8();
                    return Err(PatternError::new("invalid or unsupported Perl syntax", &before[..read]));
                }
            }
            has_flag = true;
        }
        Err(PatternError::new("missing closing )", self.pattern))
    }

    fn close(&mut self) -> Result<(), PatternError> {
        if self.groups.len() < 2 {
            return Err(PatternError::new("unexpected )", self.pattern));
        }
        let mut inner = self.groups.pop().unwrap_or_default();
        inner.settle();
        let size = inner.size.saturating_add(2);
        let outer = self.group();
        outer.settle();
        outer.last = Some(Atom {
            size,
            repeats: inner.repeats.max(1),
        });
        Ok(())
    }

    fn repeat_counted(&mut self, before: &'p str, least: u32, most: Option<u32>) -> Result<(), PatternError> {
        let written = &before[..before.len() - self.rest.len()];
        let largest = most.unwrap_or(least);
        if least > MAX_REPEAT || largest > MAX_REPEAT || largest < least {
            return Err(PatternError::new("invalid repeat count", written));
        }
        self.repeat(before, least, most)
    }

    fn repeat(&mut self, before: &'p str, least: u32, most: Option<u32>) -> Result<(), PatternError> {
        let written = &before[..before.len() - self.rest.len()];
        self.rest = self.rest.strip_prefix('?').unwrap_or(self.rest);
        let rest = self.rest;
        let group = self.group();
        let Some(atom) = group.last else {
            return Err(PatternError::new("missing argument to repetition operator", written));
        };
        if let Some(start) = group.repetition {
            let both = &start[..start.len() - rest.len()];
            return Err(PatternError::new("invalid nested repetition operator", both));
        }
        let times = most.unwrap_or(least).max(1);
        let repeats = atom.repeats.saturating_mul(times);
        if repeats > MAX_REPEAT && times > 1 {
            return Err(PatternError::new("invalid repeat count", written));
        }
        let copies = u64::from(times) + u64::from(most.is_none());
        group.last = Some(Atom {
            size: atom.size.saturating_add(2).saturating_mul(copies),
            repeats,
        });
        group.repetition = Some(before);
        Ok(())
    }
}

/// Reads `2}`, `2,}` or `2,3}`; anything else is not a repetition but text.
fn counts(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (inner, rest) = text.split_once('}')?;
    let number = |digits: &str| {
        let is_number = !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        is_number.then(|| digits.parse().unwrap_or(u32::MAX))
    };
    match inner.split_once(',') {
        None => number(inner).map(|count| (count, Some(count), rest)),
        Some((least, "")) => number(least).map(|least| (least, None, rest)),
        Some((least, most)) => Some((number(least)?, Some(number(most)?), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_re2_takes_passes() {
        for pattern in [
            "",
            "/a$",
            "/.*",
            "/[^/]+/x",
            "/a{2,3}?b{4}c{5,}",
            "/{name}/{",
            "/(?:a|b)(?P<id>[0-9]+)(?<other>x)",
            "(?i)abc(?-i)d(?s:.)",
            r"/\d\D\s\S\w\W\b\B\A\z\pL\p{Greek}\P{Lu}\x41\x{ff}\Q(((\E\.",
            "[]a]",
            "[a-]",
            "[-a]",
            "[[:alpha:][:^digit:]\\d]",
            "a|",
            "(|a)*",
            "x*?y+?z??",
        ] {
            assert_eq!(check(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn what_it_does_not_take_is_refused_in_gos_words() {
        for (pattern, error) in [
            ("/a[b", "missing closing ]: `[b`"),
            ("((", "missing closing ): `((`"),
            ("a)", "unexpected ): `a)`"),
            ("**", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{3,2}", "invalid repeat count: `{3,2}`"),
            ("/((((a{1,10}){1,10}){1,10}){1,9})", "invalid repeat count: `{1,9}`"),
            (r"\y", r"invalid escape sequence: `\y`"),
            (r"\1", r"invalid escape sequence: `\1`"),
            (r"\x{100}", r"invalid escape sequence: `\x`"),
            (r"\777", r"invalid escape sequence: `\7`"),
            (r"\C", r"invalid escape sequence: `\C`"),
            ("\\", "trailing backslash at end of expression: ``"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
            ("(?P<a b>c)", "invalid named capture: `(?P<a b>`"),
            ("(?P<a>b)(?P<a>c)", "duplicate capture group name: `a`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("[[:nope:]]", "invalid character class range: `[:nope:]`"),
            (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
            (r"[a\", "trailing backslash at end of expression: ``"),
        ] {
            let found = check(pattern).map_err(|found| found.to_string());
            assert_eq!(found, Err(format!("error parsing regexp: {error}")), "{pattern}");
        }
    }

    #[test]
    fn what_would_become_too_large_or_too_deep_is_refused() {
        let kind = |pattern: &str| check(pattern).map_err(|error| error.kind);
        assert_eq!(kind(&"a".repeat(60_000)), Err("expression too large"));
        let repeated = format!("(?:{}){{1000}}", "a".repeat(60));
        assert_eq!(kind(&repeated), Err("expression too large"));
        let deep = "(".repeat(1000) + &")".repeat(1000);
        assert_eq!(kind(&deep), Err("expression nests too deeply"));
    }

    #[test]
    fn quoted_text_matches_itself() {
        assert_eq!(quote("/v1.0/(a)-b"), r"/v1\.0/\(a\)-b");
    }
}
