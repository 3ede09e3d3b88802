//! A YAML tree that remembers where each value stands.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Spanned, options::DuplicateKeyPolicy};

use super::{
    SyntaxError,
    problem::{FieldProblem, Path},
};

/// One value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) line: u64,
    pub(crate) column: u64,
    /// Where the value begins in the text, in bytes.
    start: Option<usize>,
    value: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Reads every document of a text. No budget: the text is the operator's own, and large.
pub(crate) fn documents(text: &str) -> Result<Vec<Node>, SyntaxError> {
    // With `LastWins` every key of a map comes here, and `Node::repeated` sees those that come twice.
    let options = serde_saphyr::options! { budget: None, duplicate_keys: DuplicateKeyPolicy::LastWins };
    let nodes = serde_saphyr::from_multiple_with_options::<Node>(text, options);
    let mut nodes = nodes.map_err(|error| {
        let place = error.location().unwrap_or(serde_saphyr::Location::UNKNOWN);
        SyntaxError {
            line: place.line(),
            column: place.column(),
            message: error.without_snippet().to_string(),
        }
    })?;
    nodes.iter_mut().for_each(|node| node.restore_letters(text));
    Ok(nodes)
}

impl Node {
    /// A value all of which stands at one place.
    pub(super) fn at(line: u64, column: u64, value: Value) -> Self {
        let at = |value| Self::at(line, column, value);
        let value = match value {
            Value::Array(items) => Kind::List(items.into_iter().map(at).collect()),
            Value::Object(entries) => Kind::Map(entries.into_iter().map(|(key, value)| (key, at(value))).collect()),
            scalar => Kind::Scalar(scalar),
        };
        let start = None;
        Self {
            line,
            column,
            start,
            value,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Kind::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value {
            Kind::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> Option<&[Self]> {
        match &self.value {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Kind::Scalar(Value::Null))
    }

    /// The deepest value on a path like `spec.routes[0].services`, as far as it exists.
    pub(crate) fn locate(&self, path: &str) -> &Self {
        path.split(['.', '['])
            .map(|part| part.trim_end_matches(']'))
            .try_fold(self, |node, part| {
                let next = match &node.value {
                    Kind::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
                    _ => node.get(part),
                };
                next.ok_or(node)
            })
            .unwrap_or_else(|node| node)
    }

    /// A lone `y` or `n` is a letter, and only the longer words are booleans.
    fn restore_letters(&mut self, text: &str) {
        match &mut self.value {
            Kind::Scalar(value @ Value::Bool(_)) => {
                let mut letters = self
                    .start
                    .and_then(|start| text.get(start..))
                    .unwrap_or_default()
                    .chars();
                let (first, second) = (letters.next(), letters.next());
                if let Some(letter @ ('y' | 'Y' | 'n' | 'N')) = first
                    && second.is_none_or(|second| !second.is_alphabetic())
                {
                    *value = Value::String(letter.into());
                }
            }
            Kind::Scalar(_) => {}
            Kind::List(items) => items.iter_mut().for_each(|item| item.restore_letters(text)),
            Kind::Map(entries) => entries.iter_mut().for_each(|(_, node)| node.restore_letters(text)),
        }
    }

    /// The fields that stand in a map more than once.
    pub(crate) fn repeated(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        self.find_repeated(Path::Root, &mut problems);
        problems
    }

    fn find_repeated(&self, path: Path<'_>, problems: &mut Vec<FieldProblem>) {
        match &self.value {
            Kind::Map(entries) => {
                let mut seen = HashSet::new();
                for (name, node) in entries {
                    let path = Path::Field(&path, name);
                    if !seen.insert(name) {
                        problems.push(FieldProblem::repeated(path));
                    }
                    node.find_repeated(path, problems);
                }
            }
            Kind::List(items) => {
                for (index, node) in items.iter().enumerate() {
                    node.find_repeated(Path::Item(&path, index), problems);
                }
            }
            Kind::Scalar(_) => {}
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match &self.value {
            Kind::Scalar(value) => value.clone(),
            Kind::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Kind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.clone(), node.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Kind>::deserialize(deserializer)?;
        Ok(Self {
            line: spanned.referenced.line(),
            column: spanned.referenced.column(),
            start: spanned
                .defined
                .span()
                .byte_offset()
                .and_then(|start| start.try_into().ok()),
            value: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        Ok(Kind::Scalar(number(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Kind::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Kind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Kind::Map(entries))
    }
}

/// As JSON is made of YAML for an API server: a number without a fraction is an integer.
fn number(value: f64) -> Value {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < LARGEST {
        #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and fits")]
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}
