//! What makes a Secret usable as a server certificate.
//!
//! Whether key and certificate belong together is not judged here: Envoy refuses such a pair by itself, and nothing else
//! with it.

use std::collections::BTreeMap;

use x509_parser::{certificate::X509Certificate, der_parser::parse_der, extensions::GeneralName, prelude::FromDer};

/// A certificate chain and its key, PEM.
#[derive(Clone, PartialEq)]
pub(crate) struct KeyPair {
    pub(crate) chain: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

/// Why a Secret holds no usable certificate, in the reference's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error("secret type is not \"kubernetes.io/tls\" or \"Opaque\"")]
    Type,
    #[error("missing TLS certificate")]
    NoCertificate,
    #[error("invalid TLS certificate: {0}")]
    Certificate(String),
    #[error("missing TLS private key")]
    NoKey,
    #[error("invalid TLS private key: {0}")]
    Key(String),
}

/// Takes certificate and key out of a Secret's data.
pub(crate) fn key_pair(kind: &str, mut data: BTreeMap<String, Vec<u8>>) -> Result<KeyPair, CertificateError> {
    if !matches!(kind, "kubernetes.io/tls" | "Opaque") {
        return Err(CertificateError::Type);
    }
    let chain = data.remove("tls.crt").ok_or(CertificateError::NoCertificate)?;
    check_chain(&chain).map_err(CertificateError::Certificate)?;
    let key = data.remove("tls.key").ok_or(CertificateError::NoKey)?;
    check_key(&key).map_err(CertificateError::Key)?;
    Ok(KeyPair { chain, key })
}

fn check_chain(bytes: &[u8]) -> Result<(), String> {
    let blocks = blocks(bytes)?;
    if let Some(other) = blocks.iter().find(|block| block.tag() != "CERTIFICATE") {
        return Err(format!("unexpected block type '{}'", other.tag()));
    }
    let certificates = blocks
        .iter()
        .map(|block| X509Certificate::from_der(block.contents()).map(|(_, parsed)| parsed));
    let certificates = certificates
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("x509: {error}"))?;
    match certificates.first() {
        None => Err("failed to locate certificate".to_owned()),
        Some(first) if !names_somebody(first) => Err("certificate has no common name or subject alt name".to_owned()),
        Some(_) => Ok(()),
    }
}

fn names_somebody(certificate: &X509Certificate<'_>) -> bool {
    let has_alternative = certificate
        .subject_alternative_name()
        .ok()
        .flatten()
        .is_some_and(|extension| {
            extension.value.general_names.iter().any(|name| {
                matches!(
                    name,
                    GeneralName::DNSName(_)
                        | GeneralName::IPAddress(_)
                        | GeneralName::URI(_)
                        | GeneralName::RFC822Name(_)
                )
            })
        });
    has_alternative
        || certificate
            .subject()
            .iter_common_name()
            .any(|name| name.as_str().is_ok_and(|name| !name.is_empty()))
}

fn check_key(bytes: &[u8]) -> Result<(), String> {
    let mut keys = 0;
    for block in blocks(bytes)? {
        match block.tag() {
            "EC PARAMETERS" => {}
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                parse_der(block.contents()).map_err(|error| format!("asn1: {error}"))?;
                keys += 1;
            }
            other => return Err(format!("unexpected block type '{other}'")),
        }
    }
    match keys {
        0 => Err("failed to locate private key".to_owned()),
        1 => Ok(()),
        _ => Err("multiple private keys".to_owned()),
    }
}

fn blocks(bytes: &[u8]) -> Result<Vec<pem::Pem>, String> {
    pem::parse_many(bytes).map_err(|_| "failed to parse PEM block".to_owned())
}
