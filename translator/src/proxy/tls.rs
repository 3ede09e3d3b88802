//! The `tls` block of a root.

use crate::{
    api::httpproxy,
    inputs::Reader,
    model::{Profile, Tls},
    object::NamespacedName,
    status::{Findings, Part},
};

/// How TLS is ended for a host; not at all where TLS is passed through. Nothing at all if the block is wrong.
#[expect(clippy::option_option, reason = "wrong and passed through are two things")]
pub(super) fn tls(
    reader: &Reader<'_>,
    namespace: &str,
    tls: &httpproxy::Tls,
    findings: &mut Findings,
) -> Option<Option<Tls>> {
    match (tls.passthrough, tls.secret_name.as_str()) {
        (true, "") => Some(None),
        (true, _) => {
            let message = "Spec.VirtualHost.TLS: both Passthrough and SecretName were specified";
            findings.error(Part::Tls, "TLSConfigNotValid", message);
            None
        }
        (false, "") => {
            let message = "Spec.VirtualHost.TLS: neither Passthrough nor SecretName were specified";
            findings.error(Part::Tls, "TLSConfigNotValid", message);
            None
        }
        (false, secret) => usable(reader, namespace, secret, findings).map(|certificate| {
            let parameters = &reader.settings().tls.parameters;
            Some(Tls {
                certificate,
                profile: Profile {
                    minimum: parameters.minimum,
                    maximum: parameters.maximum,
                    client: None,
                },
                fallback: None,
            })
        }),
    }
}

fn usable(reader: &Reader<'_>, namespace: &str, written: &str, findings: &mut Findings) -> Option<NamespacedName> {
    let (owner, name) = written.split_once('/').unwrap_or((namespace, written));
    let secret = NamespacedName::new(owner, name);
    if !reader.may_use(&secret, namespace) {
        let message = format!("Spec.VirtualHost.TLS Secret \"{written}\" certificate delegation not permitted");
        findings.error(Part::Tls, "DelegationNotPermitted", message);
        return None;
    }
    let problem = match reader.certificate(&secret) {
        Some(Ok(())) => return Some(secret),
        Some(Err(error)) => error.to_string(),
        None => "Secret not found".to_owned(),
    };
    findings.error(
        Part::Tls,
        "SecretNotValid",
        format!("Spec.VirtualHost.TLS Secret \"{written}\" is invalid: {problem}"),
    );
    None
}
