//! A Secret as Kubernetes mounts it: links to files in a folder that is replaced whole, by moving a link.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::Result;
use tempfile::TempDir;

use crate::authority::Certificate;

pub const CA: &str = "ca.crt";
pub const CERTIFICATE: &str = "tls.crt";
pub const KEY: &str = "tls.key";

const LINK: &str = "..data";

/// The folder; removed when it is dropped.
#[derive(Debug)]
pub struct Mount {
    root: TempDir,
    written: AtomicU32,
}

impl Mount {
    /// A Secret with these authorities, PEM, and this certificate.
    pub fn new(authorities: &str, certificate: &Certificate) -> Result<Self> {
        let mount = Self {
            root: tempfile::Builder::new().prefix("secret-").tempdir()?,
            written: AtomicU32::new(0),
        };
        mount.write(authorities, certificate)?;
        for name in [CA, CERTIFICATE, KEY] {
            symlink(Path::new(LINK).join(name), mount.file(name))?;
        }
        Ok(mount)
    }

    /// Replaces all of it at once.
    pub fn write(&self, authorities: &str, certificate: &Certificate) -> Result<()> {
        let version = format!("..{}", self.written.fetch_add(1, Ordering::Relaxed));
        let folder = self.file(&version);
        fs::create_dir(&folder)?;
        fs::write(folder.join(CA), authorities)?;
        fs::write(folder.join(CERTIFICATE), &certificate.chain)?;
        fs::write(folder.join(KEY), &certificate.key)?;
        let draft = self.file("..data_tmp");
        symlink(version, &draft)?;
        Ok(fs::rename(draft, self.file(LINK))?)
    }

    /// Where a file is.
    pub fn file(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }
}
