//! The files from which Envoy takes the TLS of its metrics.

use std::fs;

use anyhow::Result;
use isoline_tests::authority::{Authority, Certificate};
use isoline_translator::TlsFiles;
use tempfile::TempDir;

pub(crate) struct MetricsFiles {
    pub(crate) authority: Authority,
    folder: TempDir,
}

impl MetricsFiles {
    pub(crate) fn new() -> Result<Self> {
        let authority = Authority::new()?;
        let files = Self {
            folder: tempfile::tempdir()?,
            authority,
        };
        files.renew()?;
        files.put("ca.crt", &files.authority.root_pem())?;
        Ok(files)
    }

    /// Another certificate takes the place of the one that is there.
    pub(crate) fn renew(&self) -> Result<Certificate> {
        let certificate = self.authority.certificate("metrics.example.com")?;
        self.put("tls.key", &certificate.key)?;
        self.put("tls.crt", &certificate.chain)?;
        Ok(certificate)
    }

    /// The paths of these instead of others.
    pub(crate) fn replace(&self, files: &mut TlsFiles) {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        files.certificate = path("tls.crt");
        files.key = path("tls.key");
        files.authority = files.authority.as_ref().map(|_| path("ca.crt"));
    }

    /// As a whole or not at all.
    fn put(&self, name: &str, text: &str) -> Result<()> {
        let half = self.folder.path().join("half");
        fs::write(&half, text)?;
        Ok(fs::rename(half, self.folder.path().join(name))?)
    }
}
