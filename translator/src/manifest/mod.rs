//! YAML text to objects, with the line and column of everything that is wrong.
//!
//! What an API server's schema would refuse is refused here, document by document; only text that is not YAML at all
//! fails as a whole.

mod builtin;
mod document;
mod metadata;
mod places;
mod problem;
mod schema;
mod spelling;
#[cfg(test)]
mod tests;
mod typed;
mod words;
mod yaml;

use serde::Serialize;

use crate::{
    ingressroute::{self, Converted, Note, OldObject},
    object::Object,
};

pub use places::{FieldPlace, Places};
pub use spelling::suggestion;
pub(crate) use {
    problem::FieldProblem,
    typed::{typed, typed_as_written},
    yaml::{Node, Shape, documents},
};

/// One object of a file, or why there is none.
#[derive(Debug)]
pub struct Document {
    /// The line on which it starts, from 1.
    pub line: u64,
    /// What it holds.
    pub content: Content,
}

/// What a document holds.
#[derive(Debug)]
pub enum Content {
    /// An object that the translator reads.
    Object(Box<Object>),
    /// An object of the API before HTTPProxy.
    Old(Box<OldObject>),
    /// An object that its schema refuses.
    Rejected(Rejection),
    /// A kind that the translator does not read.
    Ignored {
        /// Its `apiVersion` and `kind`.
        kind: String,
    },
}

/// An object that an API server would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {kind} {namespace}/{name}: {}", self.place(), self.message())]
pub struct Rejection {
    /// Its API, as written.
    pub api_version: String,
    /// Its kind, as written.
    pub kind: String,
    /// Its namespace; `default` if none is written.
    pub namespace: String,
    /// Its name; empty if none is written.
    pub name: String,
    /// Everything that is wrong with it; never nothing.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line of the field, from 1.
    pub line: u64,
    /// Its column, from 1.
    pub column: u64,
    /// Its path, or that of one that is missing.
    #[serde(skip)]
    pub field: String,
    /// Which field is wrong, why, and what is right.
    pub message: String,
}

impl Rejection {
    /// The same with one problem at a time.
    pub fn each(&self) -> impl Iterator<Item = Self> {
        self.problems.iter().map(|problem| Self {
            problems: vec![problem.clone()],
            ..self.clone()
        })
    }

    /// `line:column` of the first problem.
    fn place(&self) -> String {
        let first = self.problems.first();
        first.map_or_else(String::new, |problem| format!("{}:{}", problem.line, problem.column))
    }

    /// Everything that is wrong, in a line.
    pub fn message(&self) -> String {
        let messages: Vec<_> = self.problems.iter().map(|problem| problem.message.as_str()).collect();
        messages.join("; ")
    }
}

/// Text that is not YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct SyntaxError {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong there.
    pub message: String,
}

/// Reads all documents of a file; the items of a `List` count as documents.
pub fn parse(text: &str) -> Result<Vec<Document>, SyntaxError> {
    Ok(nodes(text)?.iter().map(read).collect())
}

/// Every object of a file as it is written.
pub(crate) fn nodes(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let documents = yaml::documents(text)?;
    Ok(documents.into_iter().flat_map(items).collect())
}

/// Puts what they are converted to in the place of all objects of the old API, and says what could not be kept.
pub fn convert_old(documents: &mut [Document]) -> Vec<Note> {
    let converted = ingressroute::convert(documents.iter().filter_map(Document::old));
    let places = documents.iter_mut().filter(|document| document.old().is_some());
    let mut notes = Vec::new();
    for (place, converted) in places.zip(converted) {
        *place = read_converted(&converted);
        notes.extend(converted.notes);
    }
    notes
}

/// Reads what an object of the old API was converted to. It stands where the old object does.
pub fn read_converted(converted: &Converted) -> Document {
    read(&Node::at(converted.line, converted.column, converted.object.clone()))
}

impl Document {
    /// The object of the old API that it holds.
    pub fn old(&self) -> Option<&OldObject> {
        match &self.content {
            Content::Old(old) => Some(old),
            _ => None,
        }
    }
}

fn items(node: Node) -> Vec<Node> {
    if node.is_null() {
        return Vec::new();
    }
    match (node.text("kind"), node.get("items").and_then(Node::list)) {
        (Some("List"), Some(items)) => items.to_vec(),
        _ => vec![node],
    }
}

/// Reads an object as an API server has it: nothing if it is of a kind that is not translated.
pub fn stored(object: serde_json::Value) -> Result<Option<Object>, Box<Rejection>> {
    Ok(match document::stored(object)? {
        Content::Object(object) => Some(*object),
        _ => None,
    })
}

pub(crate) fn read(node: &Node) -> Document {
    Document {
        line: node.line,
        content: document::read(node),
    }
}
