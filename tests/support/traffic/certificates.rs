//! The certificates of a case: a document of kind `TestCertificate` becomes a Secret.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::case::object_name;
use crate::authority::Certificate;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    #[serde(rename = "kind")]
    _kind: String,
    metadata: Value,
    #[serde(default)]
    dns_names: Vec<String>,
    #[serde(default)]
    uris: Vec<String>,
    subject: Option<String>,
    issuer: Option<String>,
    #[serde(default)]
    ca: bool,
    #[serde(default)]
    crl: bool,
    #[serde(default)]
    client_only: bool,
    r#type: Option<String>,
    #[serde(default)]
    string_data: Map<String, Value>,
}

/// Certificates with their keys, by `namespace/name`.
#[derive(Debug, Default)]
pub struct Certificates(BTreeMap<String, Made>);

#[derive(Debug)]
struct Made {
    certificate: Certificate,
    params: CertificateParams,
    key: KeyPair,
}

impl Certificates {
    /// Makes one, and the Secret that holds it unless only the client has it. Its issuer was made before.
    pub fn make(&mut self, document: Value) -> Result<Option<Value>> {
        let wanted: Wanted = serde_json::from_value(document)?;
        let name = object_name(&wanted.metadata);
        let made = self.sign(&wanted).with_context(|| format!("TestCertificate {name}"))?;
        let (kind, mut data) = if wanted.crl {
            let issuer = wanted.issuer.as_ref().map(|issuer| self.get(issuer)).transpose()?;
            ("Opaque", json!({"crl.pem": issuer.unwrap_or(&made).revocations()?}))
        } else if wanted.ca {
            ("Opaque", json!({"ca.crt": made.certificate.chain}))
        } else {
            let data = json!({"tls.crt": made.certificate.chain, "tls.key": made.certificate.key});
            ("kubernetes.io/tls", data)
        };
        data.as_object_mut().expect("an object").extend(wanted.string_data);
        self.0.insert(name, made);
        let kind = wanted.r#type.as_deref().unwrap_or(kind);
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": wanted.metadata, "type": kind, "stringData": data,
        });
        Ok((!wanted.client_only).then_some(secret))
    }

    /// The one of that name.
    pub fn certificate(&self, name: &str) -> Result<&Certificate> {
        Ok(&self.get(name)?.certificate)
    }

    /// The name of the one with these bytes.
    pub fn name_of(&self, der: &[u8]) -> Option<&str> {
        let is_it = |made: &Made| made.certificate.der().is_ok_and(|known| known.as_ref() == der);
        let (name, _) = self.0.iter().find(|(_, made)| is_it(made))?;
        Some(name)
    }

    fn get(&self, name: &str) -> Result<&Made> {
        self.0.get(name).with_context(|| format!("no TestCertificate {name}"))
    }

    fn sign(&self, wanted: &Wanted) -> Result<Made> {
        let key = KeyPair::generate()?;
        let params = wanted.params()?;
        let signed = match &wanted.issuer {
            None => params.self_signed(&key)?,
            Some(issuer) => {
                let issuer = self.get(issuer)?;
                params.signed_by(&key, &Issuer::from_params(&issuer.params, &issuer.key))?
            }
        };
        let certificate = Certificate {
            chain: signed.pem(),
            key: key.serialize_pem(),
        };
        Ok(Made {
            certificate,
            params,
            key,
        })
    }
}

impl Wanted {
    fn params(&self) -> Result<CertificateParams> {
        let mut params = CertificateParams::new(self.dns_names.clone())?;
        for uri in &self.uris {
            params.subject_alt_names.push(SanType::URI(uri.as_str().try_into()?));
        }
        params.distinguished_name = match &self.subject {
            Some(subject) => parse_subject(subject)?,
            None => common_name(self.dns_names.first().map_or("unnamed.test", String::as_str)),
        };
        // What signs itself is an authority, as those that openssl makes: clients may trust it as such.
        if self.issuer.is_none() || self.ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        if self.ca || self.crl {
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        }
        Ok(params)
    }
}

impl Made {
    /// A list that revokes nothing.
    fn revocations(&self) -> Result<String> {
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2050, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&Issuer::from_params(&self.params, &self.key))?.pem()?)
    }
}

fn common_name(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

/// A subject as openssl writes it: `/O=x/CN=y`.
fn parse_subject(text: &str) -> Result<DistinguishedName> {
    let mut subject = DistinguishedName::new();
    for part in text.split('/').filter(|part| !part.is_empty()) {
        let (kind, value) = part.split_once('=').with_context(|| format!("{part} in a subject"))?;
        let kind = match kind {
            "C" => DnType::CountryName,
            "CN" => DnType::CommonName,
            "L" => DnType::LocalityName,
            "O" => DnType::OrganizationName,
            "OU" => DnType::OrganizationalUnitName,
            "ST" => DnType::StateOrProvinceName,
            _ => bail!("{part} in a subject"),
        };
        subject.push(kind, value);
    }
    Ok(subject)
}
