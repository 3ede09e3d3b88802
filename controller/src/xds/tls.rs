//! Mutual TLS for xDS: both sides show a certificate, of an authority that the other side trusts.
//!
//! What Envoys may ask for holds the private keys of all hosts, so it is only said to a client with a certificate.
//! [`Credentials`] follow their files as these rotate; `Handshakes` are made beside each other, so that nobody waits for
//! a client that is slow or hostile.

mod credentials;
mod handshakes;

use std::path::PathBuf;

pub use credentials::{Credentials, CredentialsError};
pub(super) use handshakes::Handshakes;

/// How connections of Envoys are secured, as the command line says it.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Serve xDS in cleartext to everyone who connects, private keys of hosts included
    #[arg(long)]
    pub insecure: bool,
    /// Certificates of the authorities whose Envoys are served, PEM
    #[arg(long = "contour-cafile", value_name = "PATH", env = "CONTOUR_CAFILE")]
    pub ca: Option<PathBuf>,
    /// Certificate that is shown to Envoys, PEM
    #[arg(long = "contour-cert-file", value_name = "PATH", env = "CONTOUR_CERT_FILE")]
    pub certificate: Option<PathBuf>,
    /// Private key of that certificate, PEM
    #[arg(long = "contour-key-file", value_name = "PATH", env = "CONTOUR_KEY_FILE")]
    pub key: Option<PathBuf>,
}

/// A way to secure connections.
#[derive(Debug)]
pub enum Security {
    /// Not at all: for one machine.
    Insecure,
    /// TLS 1.3 with certificates on both sides.
    Mutual(Credentials),
}

/// Options that say no way, or two.
#[derive(Debug, thiserror::Error)]
pub enum SecurityError {
    /// Some file is missing.
    #[error(
        "xDS needs all of --contour-cafile, --contour-cert-file and --contour-key-file; \
         or --insecure, to serve it in cleartext"
    )]
    Incomplete,
    /// Files that would not be used.
    #[error("--insecure goes with none of --contour-cafile, --contour-cert-file and --contour-key-file")]
    Both,
    /// The files cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

/// The three files of one side. Kubernetes names them `ca.crt`, `tls.crt` and `tls.key` in a mounted Secret.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// Certificates of the authorities that the other side may be of, PEM.
    pub ca: PathBuf,
    /// The certificate that is shown, with those between it and its authority, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

impl Options {
    /// Reads the files for the first time, if there are any.
    pub fn security(self) -> Result<Security, SecurityError> {
        match (self.insecure, self.ca, self.certificate, self.key) {
            (true, None, None, None) => Ok(Security::Insecure),
            (true, ..) => Err(SecurityError::Both),
            (false, Some(ca), Some(certificate), Some(key)) => {
                let files = TlsFiles { ca, certificate, key };
                Ok(Security::Mutual(Credentials::open(files)?))
            }
            (false, ..) => Err(SecurityError::Incomplete),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(options: Options) -> String {
        options.security().expect_err("it is no way").to_string()
    }

    #[test]
    fn all_three_files_are_needed_or_none() {
        let path = |name: &str| Some(PathBuf::from(name));
        let two = Options {
            ca: path("ca.crt"),
            certificate: path("tls.crt"),
            ..Options::default()
        };
        for options in [Options::default(), two.clone()] {
            let refusal = refusal(options);
            for flag in [
                "--contour-cafile",
                "--contour-cert-file",
                "--contour-key-file",
                "--insecure",
            ] {
                assert!(refusal.contains(flag), "{refusal}");
            }
        }
        let both = Options { insecure: true, ..two };
        assert!(refusal(both).contains("--insecure goes with none"));
        let insecure = Options {
            insecure: true,
            ..Options::default()
        };
        assert!(matches!(insecure.security(), Ok(Security::Insecure)));
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| Some(folder.path().join(name));
        let options = Options {
            insecure: false,
            ca: path("ca.crt"),
            certificate: path("tls.crt"),
            key: path("tls.key"),
        };
        let refusal = refusal(options);
        assert!(
            refusal.contains("cannot read") && refusal.contains("ca.crt"),
            "{refusal}"
        );
    }
}
