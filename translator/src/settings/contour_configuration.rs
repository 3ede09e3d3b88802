//! A ContourConfiguration as the source of settings.

use super::{
    Flags, Settings,
    file::File,
    remark::{Remark, Remarks, SettingsError},
    source::{read_as, settled},
    spelling::{Respelled, field_of},
};
use crate::{
    manifest::{self, Content, Node, SyntaxError},
    object::NamespacedName,
};

const API_VERSION: &str = "projectcontour.io/v1alpha1";
const KIND: &str = "ContourConfiguration";

/// An object with the operator's settings.
#[derive(Debug, Clone)]
pub struct ContourConfiguration {
    node: Node,
    text: String,
}

impl ContourConfiguration {
    /// The object of a name, if a text of manifests holds it.
    pub fn find(text: &str, name: &NamespacedName) -> Result<Option<Self>, SyntaxError> {
        let nodes = manifest::nodes(text)?;
        let found = nodes.into_iter().find(|node| is_it(node, name));
        Ok(found.map(|node| Self {
            node,
            text: text.to_owned(),
        }))
    }
}

fn is_it(node: &Node, name: &NamespacedName) -> bool {
    let metadata = |key| node.get("metadata").and_then(|metadata| metadata.text(key));
    node.text("apiVersion") == Some(API_VERSION)
        && node.text("kind") == Some(KIND)
        && metadata("name") == Some(&name.name)
        && metadata("namespace").unwrap_or("default") == name.namespace
}

impl Settings {
    /// Reads an object; of the flags, only those of the process have an effect beside it.
    pub fn from_contour_configuration(
        object: &ContourConfiguration,
        flags: &Flags,
    ) -> Result<(Self, Vec<Remark>), SettingsError> {
        refuse_what_the_schema_refuses(&object.node)?;
        let mut remarks = Remarks::default();
        let empty = object.node.with_text("");
        let spec = object.node.get("spec").unwrap_or(&empty);
        let respelled = Respelled::new(spec, &mut remarks);
        let file = read_as::<File>(&respelled.file, &object.text, &mut remarks);
        let of_object = read_as::<Flags>(&respelled.flags, &object.text, &mut remarks);
        let both = flags.over_object(of_object.unwrap_or_default());
        let settings = file.map(|file| file.settle(both, &mut remarks));
        remarks.rename(|path| field_of(path).map_or_else(|| path.to_owned(), |field| format!("spec.{field}")));
        flags.note_beside_object(&mut remarks.at(""));
        remarks.locate(&object.node);
        settled(settings, remarks)
    }
}

/// An API server holds no other objects.
fn refuse_what_the_schema_refuses(node: &Node) -> Result<(), SettingsError> {
    let Content::Rejected(rejection) = manifest::read(node).content else {
        return Ok(());
    };
    let problems = rejection.problems.into_iter().map(|problem| Remark {
        place: Some((problem.line, problem.column)),
        path: String::new(),
        message: problem.message,
    });
    Err(SettingsError {
        problems: problems.collect(),
    })
}
