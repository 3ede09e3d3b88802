//! A new authority with one certificate for each side.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// The sides, by the names that their certificates and Secrets go by.
pub(super) const CONTROLLER: &str = "isoline";
pub(super) const ENVOY: &str = "envoy";

/// Clocks differ.
const BEFORE: Duration = Duration::from_hours(1);

/// All of it, PEM.
pub(super) struct Certificates {
    pub(super) authority: String,
    pub(super) controller: Leaf,
    pub(super) envoy: Leaf,
}

/// A certificate with its key.
pub(super) struct Leaf {
    pub(super) name: &'static str,
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Certificates {
    /// Keys are ECDSA P-256, which both sides know.
    pub(super) fn make(namespace: &str, now: SystemTime, lifetime: Duration) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = params("Isoline", now, lifetime);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);
        Ok(Self {
            authority,
            controller: Leaf::make(CONTROLLER, namespace, now, lifetime, &issuer)?,
            envoy: Leaf::make(ENVOY, namespace, now, lifetime, &issuer)?,
        })
    }
}

impl Leaf {
    fn make(
        name: &'static str,
        namespace: &str,
        now: SystemTime,
        lifetime: Duration,
        issuer: &Issuer<'_, KeyPair>,
    ) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = params(name, now, lifetime);
        let names = [
            name.to_owned(),
            format!("{name}.{namespace}"),
            format!("{name}.{namespace}.svc"),
            format!("{name}.{namespace}.svc.cluster.local"),
        ];
        let with_names = CertificateParams::new(names);
        let with_names = with_names.with_context(|| format!("--namespace {namespace:?} is no part of a DNS name"))?;
        params.subject_alt_names = with_names.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        // Two authorities of one name stand side by side while one takes over from the other.
        params.use_authority_key_identifier_extension = true;
        Ok(Self {
            name,
            certificate: params.signed_by(&key, issuer)?.pem(),
            key: key.serialize_pem(),
        })
    }
}

fn params(common_name: &str, now: SystemTime, lifetime: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = (now - BEFORE).into();
    params.not_after = (now + lifetime).into();
    params
}
