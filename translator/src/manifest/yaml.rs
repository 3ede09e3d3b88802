//! A YAML tree that remembers where each value stands.

mod read;
mod scalar;

use std::{collections::HashSet, ops::Range};

use serde_json::{Map, Value};

use super::problem::{FieldProblem, Path};

pub(crate) use read::documents;

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

/// The names and indices in a path like `spec.routes[0].services`.
pub(super) fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[']).map(|step| step.trim_end_matches(']'))
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
        steps(path)
            .try_fold(self, |node, step| {
                let next = match &node.shape {
                    Shape::List(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
                    _ => node.get(step),
                };
                next.ok_or(node)
            })
            .unwrap_or_else(|node| node)
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
