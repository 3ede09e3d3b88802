//! What a conversion could not keep.

use super::OldObject;
use crate::manifest::Node;

/// One thing that has no equivalent in the new API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {kind} {namespace}/{name}: {field}: {reason}; {advice}")]
pub struct Note {
    /// The kind of the object.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The field, as a path.
    pub field: String,
    /// Why it has no equivalent.
    pub reason: String,
    /// What became of it, and what to do.
    pub advice: String,
    /// The line of the field, from 1.
    pub line: u64,
    /// Its column, from 1.
    pub column: u64,
}

/// The notes on one object.
pub(super) struct Notes<'a> {
    object: &'a OldObject,
    pub(super) all: Vec<Note>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(object: &'a OldObject) -> Self {
        Self {
            object,
            all: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, field: impl Into<String>, reason: impl Into<String>, advice: impl Into<String>) {
        let field = field.into();
        let Node { line, column, .. } = *self.object.node.locate(&field);
        self.all.push(Note {
            kind: self.object.kind(),
            namespace: self.object.name.namespace.clone(),
            name: self.object.name.name.clone(),
            field,
            reason: reason.into(),
            advice: advice.into(),
            line,
            column,
        });
    }
}
