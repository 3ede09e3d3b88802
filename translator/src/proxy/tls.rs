//! The `tls` block of a root.

use crate::{
    api::httpproxy::Tls,
    inputs::Reader,
    object::NamespacedName,
    status::{Findings, Part},
};

/// The Secret that ends TLS for a host; none where TLS is passed through. Nothing at all if the block is wrong.
#[expect(clippy::option_option, reason = "wrong and passed through are two things")]
pub(super) fn certificate(
    reader: &Reader<'_>,
    namespace: &str,
    tls: &Tls,
    findings: &mut Findings,
) -> Option<Option<NamespacedName>> {
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
        (false, secret) => usable(reader, namespace, secret, findings).map(Some),
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
