//! `contour.heptio.com/v1beta1`, the API before HTTPProxy: IngressRoute becomes HTTPProxy, and the old
//! TLSCertificateDelegation the new one.
//!
//! An IngressRoute that others delegate to repeats the whole path of its routes, where an HTTPProxy that others include
//! says only the rest of it. What to leave out depends on who delegates: [`convert`] takes all objects together.
//! Whatever has no equivalent becomes a [`Note`]; nothing is left out silently.

mod api;
mod metadata;
mod note;
mod prefixes;
mod proxy;
mod routes;
mod services;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::{
    api::{CustomResource, delegation::DelegationSpec},
    manifest::{FieldProblem, Node, typed},
    object::NamespacedName,
};
use api::IngressRouteSpec;
use note::Notes;
use prefixes::Prefixes;

pub use note::Note;

/// The `apiVersion` of the old API.
pub const API_VERSION: &str = "contour.heptio.com/v1beta1";

/// One object of the old API.
#[derive(Debug, Clone, PartialEq)]
pub struct OldObject {
    name: NamespacedName,
    /// What stands where.
    node: Node,
    content: Content,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    IngressRoute(Box<IngressRouteSpec>),
    Delegation,
}

/// What became of one object of the old API.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The object that takes its place, as an API server would be given it.
    pub object: Value,
    /// What it cannot say.
    pub notes: Vec<Note>,
    /// The line on which the old object starts, from 1.
    pub line: u64,
    /// Its column, from 1.
    pub column: u64,
}

/// Converts objects of the old API, all together. The results are in the order of the objects.
pub fn convert<'a>(objects: impl IntoIterator<Item = &'a OldObject>) -> Vec<Converted> {
    let objects: Vec<_> = objects.into_iter().collect();
    let prefixes = Prefixes::of(objects.iter().filter_map(|old| Some((&old.name, old.spec()?))));
    objects.iter().map(|old| old.convert(&prefixes)).collect()
}

impl OldObject {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        match self.content {
            Content::IngressRoute(_) => "IngressRoute",
            Content::Delegation => "TLSCertificateDelegation",
        }
    }

    /// What it is called, and so is what takes its place.
    pub fn name(&self) -> &NamespacedName {
        &self.name
    }

    /// Reads a document, if it is of the old API.
    pub(crate) fn read(node: &Node, api_version: &str, kind: &str) -> Option<Result<Self, Vec<FieldProblem>>> {
        let read = match (api_version, kind) {
            (API_VERSION, "IngressRoute") => |node| resource(node).map(|spec| Content::IngressRoute(Box::new(spec))),
            (API_VERSION, "TLSCertificateDelegation") => {
                |node| resource::<DelegationSpec>(node).map(|_| Content::Delegation)
            }
            _ => return None,
        };
        Some(read(node).map(|content| Self {
            name: metadata::name(node),
            node: node.clone(),
            content,
        }))
    }

    fn spec(&self) -> Option<&IngressRouteSpec> {
        match &self.content {
            Content::IngressRoute(spec) => Some(spec),
            Content::Delegation => None,
        }
    }

    fn convert(&self, prefixes: &Prefixes) -> Converted {
        let mut notes = Notes::new(self);
        let (kind, spec) = match &self.content {
            Content::IngressRoute(spec) => ("HTTPProxy", proxy::convert(&self.name, spec, prefixes, &mut notes)),
            Content::Delegation => (
                self.kind(),
                self.node.get("spec").map(Node::to_json).unwrap_or_default(),
            ),
        };
        let metadata = metadata::convert(&self.node, &mut notes);
        Converted {
            object: json!({"apiVersion": "projectcontour.io/v1", "kind": kind, "metadata": metadata, "spec": spec}),
            notes: notes.all,
            line: self.node.line,
            column: self.node.column,
        }
    }
}

fn resource<S: serde::de::DeserializeOwned>(node: &Node) -> Result<S, Vec<FieldProblem>> {
    typed::<CustomResource<S>>(node, "").map(|resource| resource.spec)
}
