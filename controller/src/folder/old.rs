//! Objects of the API before HTTPProxy, in several files and converted together.

use std::{collections::BTreeMap, path::PathBuf};

use isoline_translator::{
    ingressroute::{self, OldObject},
    manifest::{self, Content, Document, Rejection},
};

use super::{Before, File, Folder, Origin, Problem, Update};

impl Folder {
    /// Converts all of them anew.
    pub(super) fn convert(&mut self, before: &mut Before, update: &mut Update) {
        let paths = self
            .files
            .iter()
            .flat_map(|(path, file)| file.old.iter().map(|_| path.clone()));
        let paths: Vec<_> = paths.collect();
        let converted = ingressroute::convert(self.files.values().flat_map(|file| &file.old));
        // A file that holds none any more says nothing now.
        let known = self.converted.keys().cloned();
        let mut now: BTreeMap<PathBuf, (File, Vec<Document>)> = known.map(|path| (path, Default::default())).collect();
        for (path, converted) in paths.into_iter().zip(converted) {
            let (file, documents) = now.entry(path.clone()).or_default();
            documents.push(manifest::read_converted(&converted));
            let inexact = converted.notes.into_iter().map(|note| Problem::inexact(&path, note));
            file.problems.extend(inexact);
        }
        for (path, (file, documents)) in now {
            let is_empty = documents.is_empty();
            self.replace(&path, Origin::Converted, file, documents, before, update);
            if is_empty {
                self.converted.remove(&path);
            }
        }
    }
}

/// Takes the objects of the old API out. One that its schema refuses keeps its last good version.
pub(super) fn split(documents: Vec<Document>, known: &[OldObject]) -> (Vec<OldObject>, Vec<Document>) {
    let (mut old, mut others) = (Vec::new(), Vec::new());
    for document in documents {
        match document.content {
            Content::Old(object) => old.push(*object),
            content => {
                if let Content::Rejected(rejection) = &content {
                    old.extend(known.iter().find(|known| is_same(known, rejection)).cloned());
                }
                let line = document.line;
                others.push(Document { line, content });
            }
        }
    }
    (old, others)
}

fn is_same(old: &OldObject, rejection: &Rejection) -> bool {
    let name = old.name();
    rejection.api_version == ingressroute::API_VERSION
        && (old.kind(), &name.namespace, &name.name) == (rejection.kind.as_str(), &rejection.namespace, &rejection.name)
}
