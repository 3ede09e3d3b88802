//! Objects of the API before HTTPProxy, as those of today.

use isoline_translator::{ingressroute, manifest::Document};
use serde::Serialize;

use crate::{engine::yaml, workspace::Workspace};

/// What the old objects of a file come to.
#[derive(Debug, Serialize)]
pub(crate) struct Conversion {
    yaml: String,
    notes: Vec<String>,
}

/// Converts those of one file with all others in mind: which paths a delegate says depends on who delegates to it.
pub(crate) fn convert(workspace: &Workspace, file: &str) -> Conversion {
    let old = workspace.documents().filter(|(_, document)| document.old().is_some());
    let (places, old): (Vec<_>, Vec<_>) = old.unzip();
    let converted = ingressroute::convert(old.into_iter().filter_map(Document::old));
    let of_file = places
        .iter()
        .zip(converted)
        .filter(|(place, _)| place.file.as_ref() == file);
    let (mut documents, mut notes) = (Vec::new(), Vec::new());
    for (_, converted) in of_file {
        documents.push(yaml(&converted.object));
        notes.extend(
            converted
                .notes
                .iter()
                .map(|it| format!("{}: {}; {}", it.field, it.reason, it.advice)),
        );
    }
    Conversion {
        yaml: documents.join("---\n"),
        notes,
    }
}
