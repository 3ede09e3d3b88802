//! The block `tls`, and the versions, ciphers and curves of either side.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{CertificateMode, Tls as Typed, TlsParameters, read::word, remark::At, text::Text};
use crate::{model::TlsVersion, object::NamespacedName};

/// TLS that Envoy ends, and what it shows of itself.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(super) struct Tls {
    /// The oldest version that clients may use, `1.2` or `1.3`; a host may ask for more. Default: `1.2`.
    minimum_protocol_version: Text,
    /// The newest version that clients may use. Default: `1.3`.
    maximum_protocol_version: Text,
    /// The ciphers of TLS 1.2, the best first; `[a|b]` are equally good. Default: ECDHE with AES-GCM or ChaCha20.
    cipher_suites: Option<Vec<String>>,
    /// The curves, the best first: `X25519`, `P-256`, `P-384`, `P-521`, `X25519MLKEM768`, `MLKEM1024`. Default: Envoy's,
    /// X25519 and P-256.
    ecdh_curves: Option<Vec<String>>,
    /// What is computed of a client's greeting.
    fingerprint: Fingerprint,
    /// The Secret for clients whose SNI no host has, or that send none; hosts ask for it. Default: none.
    fallback_certificate: SecretName,
    /// The Secret that Envoy shows to endpoints over TLS. Default: none.
    envoy_client_certificate: SecretName,
    /// Where certificates are kept: `PerChain` hands all of them to Envoy, `OnDemand` each when a client asks for it,
    /// `Auto` takes the first up to 300 filter chains. Default: `Auto`.
    certificates: Option<Certificates>,
}

/// Fingerprints of a client's TLS greeting.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Fingerprint {
    /// Compute JA3. Default: `false`.
    ja3: bool,
    /// Compute JA4. Default: `false`.
    ja4: bool,
}

/// A Secret of type `kubernetes.io/tls`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct SecretName {
    /// Its name.
    name: Text,
    /// Its namespace.
    namespace: Text,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
enum Certificates {
    Auto,
    PerChain,
    OnDemand,
}

/// The TLS of one side.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(super) struct Parameters {
    /// The oldest version, `1.2` or `1.3`. Default: `1.2`.
    minimum_protocol_version: Text,
    /// The newest version. Default: `1.3`.
    maximum_protocol_version: Text,
    /// The ciphers of TLS 1.2, as `tls.cipher-suites`. Default: the same.
    cipher_suites: Option<Vec<String>>,
    /// The curves, as `tls.ecdh-curves`. Default: the same.
    ecdh_curves: Option<Vec<String>>,
}

impl Tls {
    pub(super) fn apply(self, to: &mut Typed, at: &mut At<'_>) {
        let parameters = Parameters {
            minimum_protocol_version: self.minimum_protocol_version,
            maximum_protocol_version: self.maximum_protocol_version,
            cipher_suites: self.cipher_suites,
            ecdh_curves: self.ecdh_curves,
        };
        parameters.apply(&mut to.parameters, at);
        (to.ja3, to.ja4) = (self.fingerprint.ja3, self.fingerprint.ja4);
        to.fallback_certificate = at
            .read(
                "fallback-certificate",
                self.fallback_certificate,
                |secret: SecretName| secret.read("TLS fallback certificate"),
            )
            .flatten();
        to.client_certificate = at
            .read(
                "envoy-client-certificate",
                self.envoy_client_certificate,
                |secret: SecretName| secret.read("TLS client certificate"),
            )
            .flatten();
        if let Some(certificates) = self.certificates {
            to.certificates = certificates.into();
        }
    }
}

impl From<Certificates> for CertificateMode {
    fn from(certificates: Certificates) -> Self {
        match certificates {
            Certificates::Auto => Self::Auto,
            Certificates::PerChain => Self::PerChain,
            Certificates::OnDemand => Self::OnDemand,
        }
    }
}

impl SecretName {
    fn read(self, what: &str) -> Result<Option<NamespacedName>, String> {
        match (self.name.0, self.namespace.0) {
            (None, None) => Ok(None),
            (Some(name), Some(namespace)) => Ok(Some(NamespacedName::new(&namespace, &name))),
            (None, _) => Err(format!("invalid {what}: name must be defined")),
            (_, None) => Err(format!("invalid {what}: namespace must be defined")),
        }
    }
}

impl Parameters {
    pub(super) fn apply(self, to: &mut TlsParameters, at: &mut At<'_>) {
        at.set(
            "minimum-protocol-version",
            self.minimum_protocol_version,
            &mut to.minimum,
            version("minimum"),
        );
        at.set(
            "maximum-protocol-version",
            self.maximum_protocol_version,
            &mut to.maximum,
            version("maximum"),
        );
        if to.minimum > to.maximum {
            let message = "the minimum TLS protocol version is greater than the maximum TLS protocol version";
            at.problem("minimum-protocol-version", message);
        }
        at.set(
            "cipher-suites",
            written(self.cipher_suites),
            &mut to.cipher_suites,
            |suites| {
                known(
                    suites,
                    is_cipher_suite,
                    "invalid TLS cipher suites: invalid cipher suites",
                    &CIPHER_SUITES,
                )
            },
        );
        at.set(
            "ecdh-curves",
            written(self.ecdh_curves),
            &mut to.ecdh_curves,
            |curves| known(curves, |curve| CURVES.contains(&curve), "invalid ECDH curves", &CURVES),
        );
    }
}

/// An empty list is as if nothing were written.
fn written(list: Option<Vec<String>>) -> Option<Vec<String>> {
    list.filter(|list| !list.is_empty())
}

fn version(which: &str) -> impl FnOnce(String) -> Result<TlsVersion, String> {
    let refusal = format!("invalid TLS {which} protocol version:");
    move |text| word(&text, &[("1.2", TlsVersion::V1_2), ("1.3", TlsVersion::V1_3)], &refusal)
}

/// The list without repetitions, if all of it is known.
fn known(
    list: Vec<String>,
    is_known: impl Fn(&str) -> bool,
    refusal: &str,
    all: &[&str],
) -> Result<Vec<String>, String> {
    let (good, bad): (Vec<_>, Vec<_>) = list.into_iter().partition(|item| is_known(item));
    if !bad.is_empty() {
        return Err(format!("{refusal} {bad:?} (known: {})", all.join(", ")));
    }
    let mut once = Vec::new();
    for item in good {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    Ok(once)
}

fn is_cipher_suite(text: &str) -> bool {
    let group = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    group
        .unwrap_or(text)
        .split('|')
        .all(|suite| CIPHER_SUITES.contains(&suite))
        && (group.is_some() || !text.contains('|'))
}

const CURVES: [&str; 6] = ["X25519", "P-256", "P-384", "P-521", "X25519MLKEM768", "MLKEM1024"];

const CIPHER_SUITES: [&str; 14] = [
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "AES128-GCM-SHA256",
    "AES128-SHA",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES256-GCM-SHA384",
    "AES256-SHA",
];
