//! What names may look like in Kubernetes, in its own words.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::problem::FieldProblem;

/// A kind of name.
pub(super) struct Word {
    /// In bytes.
    longest: usize,
    /// Without anchors, as it is shown.
    pattern: &'static str,
    regex: LazyLock<Regex>,
    rule: &'static str,
    examples: &'static str,
}

macro_rules! word {
    ($longest:literal, $pattern:expr, $rule:literal, $examples:literal) => {
        Word {
            longest: $longest,
            pattern: $pattern,
            regex: LazyLock::new(|| Regex::new(concat!("^(?:", $pattern, ")$")).expect("a test compiles it")),
            rule: $rule,
            examples: $examples,
        }
    };
}
macro_rules! label {
    () => {
        "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    };
}
macro_rules! subdomain {
    () => {
        concat!(label!(), r"(\.", label!(), ")*")
    };
}
macro_rules! qualified {
    () => {
        "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
    };
}

/// What most objects are called.
pub(super) static SUBDOMAIN: Word = word!(
    253,
    subdomain!(),
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and \
     end with an alphanumeric character",
    "e.g. 'example.com'"
);

/// What namespaces are called.
static LABEL: Word = word!(
    63,
    label!(),
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with \
     an alphanumeric character",
    "e.g. 'my-name',  or '123-abc'"
);

/// What Services are called.
pub(super) static SERVICE: Word = word!(
    63,
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, \
     and end with an alphanumeric character",
    "e.g. 'my-name',  or 'abc-123'"
);

/// A subdomain with a wildcard before it.
pub(super) static WILDCARD: Word = word!(
    253,
    concat!(r"\*\.", subdomain!()),
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower \
     case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    "e.g. '*.example.com'"
);

/// The value of a label.
pub(super) static LABEL_VALUE: Word = word!(
    63,
    concat!("(", qualified!(), ")?"),
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and \
     end with an alphanumeric character",
    "e.g. 'MyValue',  or 'my_value',  or '12345'"
);

/// The part of a key after its `/`.
static NAME_PART: Word = word!(
    63,
    qualified!(),
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    "e.g. 'MyName',  or 'my.name',  or '123-abc'"
);

impl Word {
    /// What is wrong with a word at a path.
    pub(super) fn check<'a>(&'a self, path: &'a str, word: &'a str) -> impl Iterator<Item = FieldProblem> + 'a {
        let reasons = self.reasons(word).into_iter();
        reasons.map(move |reason| FieldProblem::invalid(path, &word.into(), reason))
    }

    fn reasons(&self, word: &str) -> Vec<String> {
        let mut reasons = Vec::new();
        if word.len() > self.longest {
            reasons.push(format!("must be no more than {} characters", self.longest));
        }
        if !self.regex.is_match(word) {
            reasons.push(self.rule());
        }
        reasons
    }

    fn rule(&self) -> String {
        let Self {
            pattern,
            rule,
            examples,
            ..
        } = self;
        format!("{rule} ({examples}, regex used for validation is '{pattern}')")
    }
}

/// What is wrong with one part of a DNS name, such as the name of a namespace.
pub(super) fn check_label(path: &str, word: &str) -> Vec<FieldProblem> {
    let is_dotted = word.len() <= LABEL.longest && SUBDOMAIN.reasons(word).is_empty() && word.contains('.');
    if is_dotted {
        return vec![FieldProblem::invalid(path, &word.into(), "must not contain dots")];
    }
    LABEL.check(path, word).collect()
}

/// What is wrong with the key of a label or annotation, `word` being what is checked of it.
pub(super) fn check_qualified_name(path: &str, key: &str, word: &str) -> Vec<FieldProblem> {
    if word.matches('/').count() > 1 {
        let rule = NAME_PART.rule();
        let reason = format!(
            "a qualified name {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        );
        return vec![FieldProblem::invalid(path, &key.into(), reason)];
    }
    let mut reasons = Vec::new();
    let name = match word.split_once('/') {
        Some((prefix, name)) => {
            let of_prefix = if prefix.is_empty() {
                vec!["must be non-empty".to_owned()]
            } else {
                SUBDOMAIN.reasons(prefix)
            };
            reasons.extend(of_prefix.into_iter().map(|reason| format!("prefix part {reason}")));
            name
        }
        None => word,
    };
    if name.is_empty() {
        reasons.push("name part must be non-empty".to_owned());
    }
    reasons.extend(
        NAME_PART
            .reasons(name)
            .into_iter()
            .map(|reason| format!("name part {reason}")),
    );
    reasons
        .into_iter()
        .map(|reason| FieldProblem::invalid(path, &key.into(), reason))
        .collect()
}
