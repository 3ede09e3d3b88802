//! The certificates in three files, as they are now.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject as _},
    server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier},
    version::TLS13,
};

use super::TlsFiles;

/// The last set of files that could be used.
#[derive(Debug)]
pub struct Credentials {
    files: TlsFiles,
    latest: Mutex<Latest>,
}

#[derive(Debug)]
struct Latest {
    contents: Contents,
    config: Arc<ServerConfig>,
    /// What was said of the files last, if they cannot be used since.
    told: Option<String>,
}

/// Files that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// One cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// One is no PEM, or not of what it should be.
    #[error("{} holds no {expected} in PEM", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// Why it does not.
        source: pem::Error,
    },
    /// An authority that is none.
    #[error("{} holds a certificate that cannot be an authority's", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
    /// No authority.
    #[error("{} cannot be used to verify clients", path.display())]
    Verifier {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: VerifierBuilderError,
    },
    /// A key of another certificate, or of a kind that is not supported.
    #[error("the key in {} cannot be used with the certificate in {}", key.display(), certificate.display())]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
}

impl Credentials {
    /// Reads the files for the first time.
    pub fn open(files: TlsFiles) -> Result<Self, CredentialsError> {
        let contents = Contents::read(&files)?;
        let latest = Latest {
            config: Arc::new(contents.config(&files)?),
            contents,
            told: None,
        };
        Ok(Self {
            files,
            latest: Mutex::new(latest),
        })
    }

    /// What the next handshake is made with. Files that cannot be used, perhaps because they are being written, are told
    /// once, and those before stay in force.
    pub fn current(&self) -> Arc<ServerConfig> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        match self.renewed(&latest) {
            Ok(None) => latest.told = None,
            Ok(Some(renewed)) => {
                tracing::info!(file = %self.files.certificate.display(), "xDS certificates were renewed");
                *latest = renewed;
            }
            Err(error) => latest.tell(error),
        }
        Arc::clone(&latest.config)
    }

    fn renewed(&self, latest: &Latest) -> Result<Option<Latest>, CredentialsError> {
        let contents = Contents::read(&self.files)?;
        if contents == latest.contents {
            return Ok(None);
        }
        let config = Arc::new(contents.config(&self.files)?);
        Ok(Some(Latest {
            contents,
            config,
            told: None,
        }))
    }
}

impl Latest {
    fn tell(&mut self, error: CredentialsError) {
        let error = format!("{:#}", anyhow::Error::new(error));
        if self.told.as_ref() != Some(&error) {
            tracing::error!(error, "xDS certificates cannot be used; the last good ones stay");
            self.told = Some(error);
        }
    }
}

/// What is in the files. It holds a private key, so it is never shown.
#[derive(PartialEq, Eq)]
struct Contents {
    ca: Vec<u8>,
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents").finish_non_exhaustive()
    }
}

impl Contents {
    fn read(files: &TlsFiles) -> Result<Self, CredentialsError> {
        Ok(Self {
            ca: read(&files.ca)?,
            certificate: read(&files.certificate)?,
            key: read(&files.key)?,
        })
    }

    fn config(&self, files: &TlsFiles) -> Result<ServerConfig, CredentialsError> {
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(self.roots(&files.ca)?.into(), Arc::clone(&provider))
                .build()
                .map_err(|source| CredentialsError::Verifier {
                    path: files.ca.clone(),
                    source,
                })?;
        let chain = certificates(&self.certificate, &files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(not_pem(&files.key, "private key"))?;
        let pair = |source| CredentialsError::Pair {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
            source,
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .map_err(pair)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(pair)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        // A resumed session would be one whose certificate nobody looks at again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    fn roots(&self, path: &Path) -> Result<RootCertStore, CredentialsError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca, path)? {
            roots.add(certificate).map_err(|source| CredentialsError::Authority {
                path: path.to_owned(),
                source,
            })?;
        }
        Ok(roots)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CredentialsError> {
    fs::read(path).map_err(|source| CredentialsError::Read {
        path: path.to_owned(),
        source,
    })
}

/// At least one.
fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, CredentialsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.and_then(|certificates| match certificates.as_slice() {
        [] => Err(pem::Error::NoItemsFound),
        _ => Ok(certificates),
    });
    certificates.map_err(not_pem(path, "certificate"))
}

fn not_pem(path: &Path, expected: &'static str) -> impl FnOnce(pem::Error) -> CredentialsError {
    move |source| CredentialsError::Pem {
        path: path.to_owned(),
        expected,
        source,
    }
}

#[cfg(test)]
mod tests;
