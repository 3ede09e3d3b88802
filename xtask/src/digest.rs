//! What tells whether inputs have changed since something was built of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// Of the names and contents of files and of all files below folders, as text.
pub(crate) fn of(paths: &[PathBuf]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).with_context(|| format!("cannot read {}", path.display()))?;
    }
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.to_string_lossy();
        for part in [name.as_bytes(), &content] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
    }
    let first = u128::from_be_bytes(*digest.finalize().first_chunk().expect("a digest is longer"));
    Ok(format!("{first:032x}"))
}

/// Installed packages are not looked into.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
    } else if !path.ends_with("node_modules") {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_contents_count_and_packages_do_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
            fs::write(path, content).expect("writable");
            of(&[folder.path().to_owned()]).expect("readable")
        };
        let first = write("a/b", "1");
        assert_eq!(write("node_modules/c", "1"), first);
        let second = write("a/b", "2");
        assert_ne!(second, first);
        assert_ne!(write("a/c", "2"), second);
    }
}
