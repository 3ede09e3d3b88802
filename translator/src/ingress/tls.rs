//! The TLS of an Ingress for one host.

use k8s_openapi::api::networking::v1::IngressTLS;

use super::Visit;
use crate::{
    model::{Profile, Tls},
    status::Part,
    upstream,
};

impl Visit<'_> {
    /// How TLS is ended for the host, as the last block says that lists it and can be used. It must be listed as the
    /// rules write it.
    pub(super) fn tls(&mut self) -> Option<Tls> {
        let mut found = None;
        let ingress = self.ingress;
        for (index, block) in ingress.spec.tls.iter().flatten().enumerate() {
            let place = format!("spec.tls[{index}]");
            let mut hosts = block.hosts.iter().flatten().peekable();
            if hosts.peek().is_none() {
                let message = format!("{place} lists no hosts: it is of no use");
                self.findings.warning(Part::Tls, "IgnoredField", message);
            }
            if self.fqdn != "*" && hosts.any(|host| host.eq_ignore_ascii_case(self.fqdn)) {
                found = self.block(&place, block).or(found);
            }
        }
        found
    }

    fn block(&mut self, place: &str, block: &IngressTLS) -> Option<Tls> {
        let parameters = &self.reader.settings().tls.parameters;
        let profile = Profile {
            minimum: self.annotations.minimum.max(parameters.minimum),
            maximum: self.annotations.maximum.min(parameters.maximum),
            client: None,
        };
        if profile.minimum > profile.maximum {
            let message = format!("{place}: the minimum protocol version is greater than the maximum protocol version");
            self.findings.error(Part::Tls, "TLSConfigNotValid", message);
            return None;
        }
        let namespace = &self.ingress.name.namespace;
        let written = block.secret_name.as_deref().unwrap_or_default();
        let default = self.annotations.certificate_namespace.unwrap_or(namespace);
        let certificate = upstream::secret_name(default, written);
        let verdict = if self.reader.may_use(&certificate, namespace) {
            upstream::usable(self.reader.certificate(&certificate))
        } else {
            Err("certificate delegation not permitted".to_owned())
        };
        if let Err(problem) = verdict {
            let message = format!("{place}: Secret \"{certificate}\" is invalid: {problem}");
            self.findings.error(Part::Tls, "SecretNotValid", message);
            return None;
        }
        Some(Tls {
            certificate,
            profile,
            fallback: None,
        })
    }
}
