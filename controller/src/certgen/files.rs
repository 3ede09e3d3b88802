//! The certificates as files, each in place whole, and those with a key for none but their owner to read.

use std::{
    fs::{self, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::Secret;
use tempfile::NamedTempFile;

use super::{Options, Outcome, authority::Certificates, is_kept};

const FOR_ALL: u32 = 0o644;
const FOR_OWNER: u32 = 0o600;

struct File {
    name: String,
    content: String,
    mode: u32,
}

pub(super) fn write_pem(options: &Options, certificates: &Certificates) -> Result<()> {
    let file = |name: String, content: &str, mode| File {
        name,
        content: content.to_owned(),
        mode,
    };
    let mut files = vec![file("cacert.pem".to_owned(), &certificates.authority, FOR_ALL)];
    for leaf in [&certificates.controller, &certificates.envoy] {
        files.push(file(format!("{}cert.pem", leaf.name), &leaf.certificate, FOR_ALL));
        files.push(file(format!("{}key.pem", leaf.name), &leaf.key, FOR_OWNER));
    }
    write(options, files)
}

pub(super) fn write_yaml(options: &Options, secrets: &[Secret]) -> Result<()> {
    let file = |secret: &Secret| {
        Ok(File {
            name: format!("{}.yaml", secret.metadata.name.as_deref().unwrap_or_default()),
            content: serde_saphyr::to_string(secret)?,
            mode: FOR_OWNER,
        })
    };
    write(options, secrets.iter().map(file).collect::<Result<_>>()?)
}

fn write(options: &Options, files: Vec<File>) -> Result<()> {
    let path = |file: &File| options.folder.join(&file.name);
    let (existing, missing): (Vec<_>, Vec<_>) = files.iter().map(path).partition(|path| path.exists());
    if is_kept(options.overwrite, &shown(&existing), &shown(&missing))? {
        for path in shown(&existing) {
            Outcome::Kept.tell(&path)?;
        }
        return Ok(());
    }
    let folder = &options.folder;
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for file in files {
        let path = path(&file);
        put(folder, &path, &file).with_context(|| format!("cannot write {}", path.display()))?;
        let outcome = if existing.contains(&path) {
            Outcome::Replaced
        } else {
            Outcome::Created
        };
        outcome.tell(&path.display().to_string())?;
    }
    Ok(())
}

fn shown(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.display().to_string()).collect()
}

fn put(folder: &Path, path: &Path, file: &File) -> Result<()> {
    let mut draft = NamedTempFile::new_in(folder)?;
    draft.write_all(file.content.as_bytes())?;
    draft.as_file().set_permissions(Permissions::from_mode(file.mode))?;
    draft.persist(path)?;
    Ok(())
}
