//! The `tls` block of a root.

use super::problem::Problem;
use crate::{
    api::httpproxy::{self, DownstreamValidation},
    inputs::Reader,
    model::{ClientCertificate, ClientValidation, Profile, Tls, TlsVersion, Trust},
    object::NamespacedName,
    status::{Findings, Part},
    upstream,
};

/// How TLS is ended for a host; not at all where TLS is passed through.
pub(super) fn tls(
    reader: &Reader<'_>,
    namespace: &str,
    host: &httpproxy::VirtualHost,
    written: &httpproxy::Tls,
    findings: &mut Findings,
) -> Result<Option<Tls>, Problem> {
    if written.passthrough && written.enable_fallback_certificate {
        let message = "Spec.VirtualHost.TLS: both Passthrough and enableFallbackCertificate were specified";
        findings.error(Part::Tls, "TLSIncompatibleFeatures", message);
    }
    match (written.passthrough, written.secret_name.as_str()) {
        (true, "") if written.client_validation.is_some() => Err(wrong(
            "TLSIncompatibleFeatures",
            "Spec.VirtualHost.TLS passthrough cannot be combined with tls.clientValidation",
        )),
        (true, "") => Ok(None),
        (true, _) => Err(wrong(
            "TLSConfigNotValid",
            "Spec.VirtualHost.TLS: both Passthrough and SecretName were specified",
        )),
        (false, "") => Err(wrong(
            "TLSConfigNotValid",
            "Spec.VirtualHost.TLS: neither Passthrough nor SecretName were specified",
        )),
        (false, secret) => {
            let certificate = certificate(reader, namespace, secret)?;
            let (minimum, maximum) = versions(reader, written)?;
            let fallback = fallback(reader, namespace, host, written)?;
            let client = written.client_validation.as_ref();
            let client = client.map(|client| client_validation(reader, namespace, client));
            Ok(Some(Tls {
                certificate,
                profile: Profile {
                    minimum,
                    maximum,
                    client: client.transpose()?,
                },
                fallback,
            }))
        }
    }
}

/// Whether certificates of clients are asked for without anybody to judge them by. The reference goes on, and accepts
/// whatever comes; here nothing is served.
pub(super) fn lacks_authority(written: &httpproxy::Tls) -> bool {
    let client = written.client_validation.as_ref();
    client.is_some_and(|client| client.ca_secret.is_empty() && !client.skip_client_cert_validation)
}

fn wrong(reason: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(Part::Tls, reason, message)
}

fn certificate(reader: &Reader<'_>, namespace: &str, written: &str) -> Result<NamespacedName, Problem> {
    let secret = upstream::secret_name(namespace, written);
    if !reader.may_use(&secret, namespace) {
        let message = format!("Spec.VirtualHost.TLS Secret \"{written}\" certificate delegation not permitted");
        return Err(wrong("DelegationNotPermitted", message));
    }
    match upstream::usable(reader.certificate(&secret)) {
        Ok(()) => Ok(secret),
        Err(problem) => {
            let message = format!("Spec.VirtualHost.TLS Secret \"{written}\" is invalid: {problem}");
            Err(wrong("SecretNotValid", message))
        }
    }
}

/// What both the host and the operator allow. A version that is none is the default, as in the reference.
fn versions(reader: &Reader<'_>, written: &httpproxy::Tls) -> Result<(TlsVersion, TlsVersion), Problem> {
    let minimum = match written.minimum_protocol_version.as_str() {
        "1.3" => TlsVersion::V1_3,
        _ => TlsVersion::V1_2,
    };
    let maximum = match written.maximum_protocol_version.as_str() {
        "1.2" => TlsVersion::V1_2,
        _ => TlsVersion::V1_3,
    };
    let message = "Spec.Virtualhost.TLS the minimum protocol version is greater than the maximum protocol version";
    if minimum > maximum {
        return Err(wrong("TLSConfigNotValid", message));
    }
    let global = &reader.settings().tls.parameters;
    let (minimum, maximum) = (minimum.max(global.minimum), maximum.min(global.maximum));
    if minimum > maximum {
        let message = format!("{message} of the configuration file, or the other way round");
        return Err(wrong("TLSConfigNotValid", message));
    }
    Ok((minimum, maximum))
}

/// The operator's certificate for clients that name no host that is known, where a host asks for it.
fn fallback(
    reader: &Reader<'_>,
    namespace: &str,
    host: &httpproxy::VirtualHost,
    written: &httpproxy::Tls,
) -> Result<Option<NamespacedName>, Problem> {
    if !written.enable_fallback_certificate {
        return Ok(None);
    }
    let incompatible = [
        ("client validation", written.client_validation.is_some()),
        ("client authorization", host.authorization.is_some()),
        ("JWT providers", !host.jwt_providers.is_empty()),
    ];
    if let Some((feature, _)) = incompatible.iter().find(|(_, is_used)| *is_used) {
        let message = format!("Spec.Virtualhost.TLS fallback & {feature} are incompatible");
        return Err(wrong("TLSIncompatibleFeatures", message));
    }
    let Some(secret) = &reader.settings().tls.fallback_certificate else {
        let message = "Spec.Virtualhost.TLS enabled fallback but the fallback Certificate Secret is not configured in Contour configuration file";
        return Err(wrong("FallbackNotPresent", message));
    };
    if !reader.may_use(secret, namespace) {
        let message = format!("Spec.VirtualHost.TLS Secret \"{secret}\" is not configured for certificate delegation");
        return Err(wrong("FallbackNotDelegated", message));
    }
    match upstream::usable(reader.certificate(secret)) {
        Ok(()) => Ok(Some(secret.clone())),
        Err(problem) => {
            let message =
                format!("Spec.Virtualhost.TLS Secret \"{secret}\" fallback certificate is invalid: {problem}");
            Err(wrong("FallbackNotValid", message))
        }
    }
}

fn client_validation(
    reader: &Reader<'_>,
    namespace: &str,
    written: &DownstreamValidation,
) -> Result<ClientValidation, Problem> {
    let usable = |what: &str, written: &str, is_list: bool| {
        let secret = upstream::secret_name(namespace, written);
        if !reader.may_use(&secret, namespace) {
            let message = format!(
                "Spec.VirtualHost.TLS {what} Secret \"{written}\" is invalid: certificate delegation not permitted"
            );
            return Err(wrong("DelegationNotPermitted", message));
        }
        let verdict = if is_list {
            reader.revocations(&secret)
        } else {
            reader.authority(&secret)
        };
        upstream::usable(verdict).map_err(|problem| {
            let message = format!(
                "Spec.VirtualHost.TLS client validation is invalid: invalid {what} Secret \"{secret}\": {problem}"
            );
            wrong("ClientValidationInvalid", message)
        })?;
        Ok(secret)
    };
    let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let authority = named(&written.ca_secret).map(|secret| usable("CA", &secret, false));
    let revocations = named(&written.crl_secret).map(|secret| usable("CRL", &secret, true));
    let (authority, revocations) = (authority.transpose()?, revocations.transpose()?);
    let trusts = authority.is_some() || revocations.is_some();
    Ok(ClientValidation {
        trust: trusts.then_some(Trust {
            authority,
            revocations,
            only_leaf: written.crl_only_verify_leaf_cert,
        }),
        certificate: if written.optional_client_certificate {
            ClientCertificate::Optional
        } else {
            ClientCertificate::Required
        },
        accept_untrusted: written.skip_client_cert_validation,
        forward: written.forward_client_certificate,
    })
}
