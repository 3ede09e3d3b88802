//! Which files count, and how they are read.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::folder::Reading;

/// Files with what they hold.
pub type Batch = BTreeMap<PathBuf, Reading>;

/// Reads every manifest in a folder and the folders below it. Hidden ones and links to folders are left out; a folder
/// that cannot be listed stands in the batch itself.
pub fn read_folder(folder: &Path, batch: &mut Batch) {
    if let Err(error) = try_read_folder(folder, batch) {
        batch.insert(folder.to_owned(), Reading::Failed(error.to_string()));
    }
}

fn try_read_folder(folder: &Path, batch: &mut Batch) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if is_hidden(&path) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            read_folder(&path, batch);
        } else if is_manifest(&path) {
            batch.insert(path.clone(), read(&path));
        }
    }
    Ok(())
}

/// Reads one file as it is now.
pub fn read(path: &Path) -> Reading {
    match fs::read_to_string(path) {
        Ok(text) => Reading::Text(text),
        Err(_) if !path.exists() || path.is_dir() => Reading::Gone,
        Err(error) => Reading::Failed(error.to_string()),
    }
}

/// Whether a file of this name is read.
pub fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "json")) && !is_hidden(path)
}

/// Whether the last part of a path starts with a dot.
pub fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}
