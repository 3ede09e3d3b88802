//! A folder of manifests that a controller watches, edited as a careful editor would.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use serde_json::Value;
use tempfile::TempDir;

/// The folder; removed when it is dropped.
#[derive(Debug)]
pub struct Folder {
    root: TempDir,
}

impl Folder {
    /// An empty folder.
    pub fn new() -> Result<Self> {
        Ok(Self {
            root: tempfile::Builder::new().prefix("manifests-").tempdir()?,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// Copies the files of another folder.
    pub fn copy_from(&self, other: &Path) -> Result<()> {
        for entry in fs::read_dir(other)? {
            let entry = entry?;
            fs::copy(entry.path(), self.file(&entry.file_name().to_string_lossy()))?;
        }
        Ok(())
    }

    /// Puts a file in place, whole.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let draft = self.file(&format!(".{name}.draft"));
        fs::write(&draft, text)?;
        Ok(fs::rename(draft, self.file(name))?)
    }

    /// Puts a file with these objects in place, whole.
    pub fn write_objects(&self, name: &str, objects: &[Value]) -> Result<()> {
        let documents: Vec<_> = objects.iter().map(Value::to_string).collect();
        self.write(name, &documents.join("\n---\n"))
    }

    /// Removes a file.
    pub fn remove(&self, name: &str) -> Result<()> {
        Ok(fs::remove_file(self.file(name))?)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}
