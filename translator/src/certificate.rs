//! What makes a Secret usable: as a certificate with its key, as authorities, as revocations, as keys of tokens.
//!
//! Whether key and certificate belong together is not judged here: Envoy refuses such a pair by itself, and nothing else
//! with it.

use std::collections::BTreeMap;

use x509_parser::{
    certificate::X509Certificate, der_parser::parse_der, extensions::GeneralName, prelude::FromDer,
    revocation_list::CertificateRevocationList,
};

/// A certificate chain and its key, PEM.
#[derive(Clone, PartialEq)]
pub(crate) struct KeyPair {
    pub(crate) chain: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

/// Why a Secret cannot be used, in the reference's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SecretError {
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
    #[error("empty \"ca.crt\" key")]
    NoAuthority,
    #[error("invalid CA certificate bundle: {0}")]
    Authority(String),
    #[error("empty \"crl.pem\" key")]
    NoRevocations,
    #[error("failed to locate CRL")]
    Revocations,
}

/// Takes certificate and key out of a Secret's data.
pub(crate) fn key_pair(data: &mut BTreeMap<String, Vec<u8>>) -> Result<KeyPair, SecretError> {
    let chain = data.remove("tls.crt").ok_or(SecretError::NoCertificate)?;
    check_chain(&chain).map_err(SecretError::Certificate)?;
    let key = data.remove("tls.key").ok_or(SecretError::NoKey)?;
    check_key(&key).map_err(SecretError::Key)?;
    Ok(KeyPair { chain, key })
}

/// Takes a bundle of authorities out of a Secret's data, PEM.
pub(crate) fn authority(data: &mut BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, SecretError> {
    let bundle = data
        .remove("ca.crt")
        .filter(|bundle| !bundle.is_empty())
        .ok_or(SecretError::NoAuthority)?;
    check_chain(&bundle).map_err(SecretError::Authority)?;
    Ok(bundle)
}

/// Takes revocation lists out of a Secret's data, PEM.
pub(crate) fn revocations(data: &mut BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, SecretError> {
    let lists = data
        .remove("crl.pem")
        .filter(|lists| !lists.is_empty())
        .ok_or(SecretError::NoRevocations)?;
    let blocks = blocks(&lists).map_err(|_| SecretError::Revocations)?;
    let readable =
        |block: &pem::Pem| block.tag() == "X509 CRL" && CertificateRevocationList::from_der(block.contents()).is_ok();
    if blocks.is_empty() || !blocks.iter().all(readable) {
        return Err(SecretError::Revocations);
    }
    Ok(lists)
}

/// Why a Secret's value is no set of keys of tokens, in the reference's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwksError {
    #[error("missing \"{0}\" key or empty value")]
    Missing(String),
    #[error("empty JWKS")]
    Empty,
    #[error("not valid JSON: {0}")]
    Json(String),
    #[error("JWKS must be a JSON object")]
    NoObject,
    #[error("JWKS must contain a \"keys\" array")]
    NoKeys,
    #[error("JWKS \"keys\" must be an array")]
    NoArray,
}

/// The keys of tokens in a Secret's data, JSON.
pub(crate) fn jwks<'a>(data: &'a BTreeMap<String, Vec<u8>>, key: &str) -> Result<&'a str, JwksError> {
    let bytes = data.get(key).filter(|bytes| !bytes.is_empty());
    let bytes = bytes.ok_or_else(|| JwksError::Missing(key.to_owned()))?;
    let text = std::str::from_utf8(bytes).map_err(|error| JwksError::Json(error.to_string()))?;
    if text.trim().is_empty() {
        return Err(JwksError::Empty);
    }
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        JwksError::Json(if error.is_eof() {
            "unexpected end of JSON input".to_owned()
        } else {
            error.to_string()
        })
    })?;
    let object = value.as_object().ok_or(JwksError::NoObject)?;
    match object.get("keys") {
        None => Err(JwksError::NoKeys),
        Some(keys) if !keys.is_array() => Err(JwksError::NoArray),
        Some(_) => Ok(text),
    }
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
