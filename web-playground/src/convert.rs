//! Objects of the API before HTTPProxy, as those of today.

use isoline_translator::ingressroute::Note;
use serde::Serialize;

use crate::{engine::yaml, workspace::Workspace};

/// What the old objects of a file come to.
#[derive(Debug, Serialize)]
pub(crate) struct Conversion {
    yaml: String,
    notes: Vec<String>,
}

/// Those of one file; they were converted with all others in mind.
pub(crate) fn convert(workspace: &Workspace, file: &str) -> Conversion {
    let (mut documents, mut notes) = (Vec::new(), Vec::new());
    let converted = workspace.converted().iter();
    for (_, converted) in converted.filter(|(place, _)| place.file.as_ref() == file) {
        documents.push(yaml(&converted.object));
        notes.extend(converted.notes.iter().map(said));
    }
    Conversion {
        yaml: documents.join("---\n"),
        notes,
    }
}

/// A note without its place, which is shown beside it.
pub(crate) fn said(note: &Note) -> String {
    format!("{}: {}; {}", note.field, note.reason, note.advice)
}
