//! The certificates of a local run: made at start, by a local authority whose key is thrown away, never committed.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use x509_parser::pem::parse_x509_pem;

use crate::paths;

const DAY: Duration = Duration::from_hours(24);
const VALID_FOR: Duration = DAY.saturating_mul(90);
const RENEW_BEFORE: Duration = DAY.saturating_mul(14);

/// Hosts for which Envoy ends TLS: their certificates are Secrets in the namespace `web`.
const SECRET_HOSTS: [&str; 2] = ["secure.example.com", "tcp.example.com"];
/// The host whose backend ends TLS itself.
const PASSTHROUGH_HOST: &str = "passthrough.example.com";

/// Where the certificates of a local run lie.
pub(crate) struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Takes those from an earlier run, or makes all anew if one is missing or the authority is about to expire.
    pub(crate) fn ensure() -> Result<Self> {
        let certificates = Self {
            folder: paths::target("up"),
        };
        if !certificates.usable() {
            println!("making certificates under {}", paths::shown(&certificates.folder));
            certificates.make().context("cannot make the certificates")?;
        }
        Ok(certificates)
    }

    /// The certificate that clients must trust.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The folder with the Secrets, for the controller to serve.
    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.join("objects")
    }

    /// Certificate and key, in one file, of the backend that ends TLS itself.
    pub(crate) fn passthrough(&self) -> PathBuf {
        self.folder.join("passthrough.pem")
    }

    fn secret(&self, host: &str) -> PathBuf {
        self.objects().join(format!("{}.yaml", secret_name(host)))
    }

    /// All are made together and expire together, so one date speaks for all.
    fn usable(&self) -> bool {
        let complete = SECRET_HOSTS.iter().all(|host| self.secret(host).is_file()) && self.passthrough().is_file();
        complete && expiry(&self.authority()).is_ok_and(|expiry| expiry > SystemTime::now() + RENEW_BEFORE)
    }

    fn make(&self) -> Result<()> {
        fs::create_dir_all(self.objects())?;
        let mut params = params("Isoline local authority", Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let authority = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);
        for host in SECRET_HOSTS {
            let (certificate, key) = signed(host, &issuer)?;
            write_private(&self.secret(host), &secret_yaml(&secret_name(host), &certificate, &key))?;
        }
        let (certificate, key) = signed(PASSTHROUGH_HOST, &issuer)?;
        write_private(&self.passthrough(), &(certificate + &key))?;
        // Last, since it is what says that the set is complete.
        write_private(&self.authority(), &authority)
    }
}

fn expiry(certificate: &Path) -> Result<SystemTime> {
    let (_, pem) = parse_x509_pem(&fs::read(certificate)?)?;
    Ok(pem.parse_x509()?.validity().not_after.to_datetime().into())
}

fn params(name: &str, hosts: Vec<String>) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = SystemTime::now().into();
    params.not_after = (SystemTime::now() + VALID_FOR).into();
    Ok(params)
}

fn signed(host: &str, issuer: &Issuer<'_, KeyPair>) -> Result<(String, String)> {
    let mut params = params(host, vec![host.to_owned()])?;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, issuer)?.pem(), key.serialize_pem()))
}

fn secret_name(host: &str) -> String {
    host.replace('.', "-")
}

fn secret_yaml(name: &str, certificate: &str, key: &str) -> String {
    let (certificate, key) = (BASE64_STANDARD.encode(certificate), BASE64_STANDARD.encode(key));
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: web}}\ntype: kubernetes.io/tls\n\
         data:\n  tls.crt: {certificate}\n  tls.key: {key}\n"
    )
}

/// Writes a file that only its owner reads, whatever an older one allowed.
fn write_private(path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        fs::remove_file(path)?;
    }
    Ok(OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .write_all(text.as_bytes())?)
}
