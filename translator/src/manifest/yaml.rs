//! A YAML tree that remembers where each value stands.

use std::{collections::HashSet, fmt, ops::Range};

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
    /// Where the value stands in the text, in bytes.
    pub(super) span: Option<Range<usize>>,
    pub(crate) shape: Shape,
}

/// What a value is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
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
    for node in &mut nodes {
        node.restore_letters(text);
    }
    Ok(nodes)
}

impl Node {
    /// A value all of which stands at one place.
    pub(super) fn at(line: u64, column: u64, value: Value) -> Self {
        let at = |value| Self::at(line, column, value);
        let shape = match value {
            Value::Array(items) => Shape::List(items.into_iter().map(at).collect()),
            Value::Object(entries) => Shape::Map(entries.into_iter().map(|(key, value)| (key, at(value))).collect()),
            scalar => Shape::Scalar(scalar),
        };
        Self {
            line,
            column,
            span: None,
            shape,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.shape {
            Shape::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.shape {
            Shape::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> Option<&[Self]> {
        match &self.shape {
            Shape::List(items) => Some(items),
            _ => None,
        }
    }

    /// Another value at the same place.
    pub(crate) fn with(&self, shape: Shape) -> Self {
        Self {
            line: self.line,
            column: self.column,
            span: None,
            shape,
        }
    }

    /// A text at the same place.
    pub(crate) fn with_text(&self, text: &str) -> Self {
        self.with(Shape::Scalar(text.into()))
    }

    /// Puts a value in the place of whatever stands on a path of a map.
    pub(crate) fn put(&mut self, path: &[&str], value: Self) {
        let Some((name, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        let inner = value.with(Shape::Map(Vec::new()));
        let Shape::Map(entries) = &mut self.shape else {
            return;
        };
        let index = entries.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            entries.push(((*name).to_owned(), inner));
            entries.len() - 1
        });
        entries[index].1.put(rest, value);
    }

    /// The value as it is written in the text that it was read from.
    pub(crate) fn source<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(self.span.clone()?).map(str::trim)
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.shape, Shape::Scalar(Value::Null))
    }

    /// The deepest value on a path like `spec.routes[0].services`, as far as it exists.
    pub(crate) fn locate(&self, path: &str) -> &Self {
        path.split(['.', '['])
            .map(|part| part.trim_end_matches(']'))
            .try_fold(self, |node, part| {
                let next = match &node.shape {
                    Shape::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
                    _ => node.get(part),
                };
                next.ok_or(node)
            })
            .unwrap_or_else(|node| node)
    }

    /// A lone `y` or `n` is a letter, and only the longer words are booleans.
    fn restore_letters(&mut self, text: &str) {
        match &mut self.shape {
            Shape::Scalar(value @ Value::Bool(_)) => {
                let start = self.span.as_ref().map(|span| span.start);
                let mut letters = start.and_then(|start| text.get(start..)).unwrap_or_default().chars();
                let (first, second) = (letters.next(), letters.next());
                if let Some(letter @ ('y' | 'Y' | 'n' | 'N')) = first
                    && second.is_none_or(|second| !second.is_alphabetic())
                {
                    *value = Value::String(letter.into());
                }
            }
            Shape::Scalar(_) => {}
            Shape::List(items) => items.iter_mut().for_each(|item| item.restore_letters(text)),
            Shape::Map(entries) => entries.iter_mut().for_each(|(_, node)| node.restore_letters(text)),
        }
    }

    /// The fields that stand in a map more than once.
    pub(crate) fn repeated(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        self.find_repeated(Path::Root, &mut problems);
        problems
    }

    fn find_repeated(&self, path: Path<'_>, problems: &mut Vec<FieldProblem>) {
        match &self.shape {
            Shape::Map(entries) => {
                let mut seen = HashSet::new();
                for (name, node) in entries {
                    let path = Path::Field(&path, name);
                    if !seen.insert(name) {
                        problems.push(FieldProblem::repeated(path));
                    }
                    node.find_repeated(path, problems);
                }
            }
            Shape::List(items) => {
                for (index, node) in items.iter().enumerate() {
                    node.find_repeated(Path::Item(&path, index), problems);
                }
            }
            Shape::Scalar(_) => {}
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match &self.shape {
            Shape::Scalar(value) => value.clone(),
            Shape::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Shape::Map(entries) => Value::Object(
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
        let spanned = Spanned::<Shape>::deserialize(deserializer)?;
        let span = spanned.defined.span();
        let start = span.byte_offset().and_then(|start| usize::try_from(start).ok());
        let length = span.byte_len().and_then(|length| usize::try_from(length).ok());
        Ok(Self {
            line: spanned.referenced.line(),
            column: spanned.referenced.column(),
            span: start.zip(length).map(|(start, length)| start..start + length),
            shape: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Shape, E> {
        Ok(Shape::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Shape, E> {
        Ok(Shape::Scalar(number(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Shape, E> {
        Ok(Shape::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        Shape::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Shape::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Shape::Map(entries))
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
