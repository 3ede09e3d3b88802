//! From what is written to settings.

use serde::de::DeserializeOwned;

use super::{
    Flags, Settings,
    file::File,
    read::with_alternatives,
    remark::{Remark, Remarks, SettingsError},
};
use crate::manifest::{Node, documents, typed_as_written};

impl Settings {
    /// Reads a configuration file's text; an empty one means the defaults.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        Self::read(text, Flags::default()).map(|(settings, _)| settings)
    }

    /// Reads a configuration file's text and flags, which win, and says what has no effect.
    pub fn read(text: &str, flags: Flags) -> Result<(Self, Vec<Remark>), SettingsError> {
        let documents = documents(text).map_err(|error| SettingsError {
            problems: vec![Remark {
                place: Some((error.line, error.column)),
                path: String::new(),
                message: error.message,
            }],
        })?;
        let mut remarks = Remarks::default();
        let mut documents = documents.iter().filter(|node| !node.is_null());
        let root = documents.next();
        if documents.next().is_some() {
            remarks.at("").problem("", "a configuration file is one document");
        }
        let file = match root {
            Some(root) => read_as::<File>(root, text, &mut remarks),
            None => Some(File::default()),
        };
        let settings = file.map(|file| file.settle(flags, &mut remarks));
        if let Some(root) = root {
            remarks.locate(root);
        }
        settled(settings, remarks)
    }
}

/// Reads a type; what cannot be read is a problem.
pub(super) fn read_as<T: DeserializeOwned>(node: &Node, text: &str, remarks: &mut Remarks) -> Option<T> {
    let read = typed_as_written(node, text);
    let mut problems = node.repeated();
    let value = read.map_err(|more| problems.extend(more)).ok();
    for problem in problems {
        remarks
            .at("")
            .problem(&problem.path, with_alternatives(&problem.reason));
    }
    value
}

/// The settings, if nothing is wrong.
pub(super) fn settled(settings: Option<Settings>, remarks: Remarks) -> Result<(Settings, Vec<Remark>), SettingsError> {
    match (settings, remarks.problems) {
        (Some(settings), problems) if problems.is_empty() => Ok((settings, remarks.notes)),
        (_, problems) => Err(SettingsError { problems }),
    }
}
