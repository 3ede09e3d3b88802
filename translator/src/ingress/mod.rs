//! Ingresses to the model: what all of them together say about one host.
//!
//! The API has no place for problems, so that the reference only logs them. Here they are findings, and a wrong part
//! takes nothing along but itself.

mod annotations;
mod paths;
mod rules;
mod tls;

use std::collections::BTreeMap;

use self::annotations::Annotations;
use crate::{
    inputs::Reader,
    model::{Cleartext, Route, Tls},
    object::{Ingress, Kind, ObjectRef},
    status::{Findings, Part},
    upstream,
};

/// What the Ingresses of one host come to.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// In the order in which they count; of two that match the same, the earlier one wins.
    pub(crate) routes: Vec<Route>,
    /// The first that can be used.
    pub(crate) tls: Option<Tls>,
    /// What was found on every Ingress of the host.
    pub(crate) findings: BTreeMap<ObjectRef, Findings>,
}

/// Translates what all Ingresses say about a host, in the order of their names.
pub(crate) fn translate(fqdn: &str, reader: &Reader<'_>) -> Claims {
    let mut claims = Claims::default();
    let ingresses = reader.ingresses_of(fqdn);
    if ingresses.is_empty() {
        return claims;
    }
    let client_certificate = upstream::client_certificate(reader);
    for ingress in &ingresses {
        let object = Kind::Ingress.object(&ingress.name);
        let mut findings = Findings::default();
        let mut visit = Visit {
            fqdn,
            ingress,
            annotations: Annotations::read(ingress, &mut findings),
            reader,
            findings,
        };
        if let Some(tls) = visit.tls() {
            match &claims.tls {
                None => claims.tls = Some(tls),
                Some(first) if *first != tls => {
                    let message = format!("the TLS of another Ingress is used for host \"{fqdn}\"");
                    visit.findings.warning(Part::Tls, "Conflicted", message);
                }
                Some(_) => {}
            }
        }
        match &client_certificate {
            Ok(certificate) => claims.routes.extend(visit.routes(certificate.as_ref())),
            Err(problem) => visit.findings.error(Part::Tls, "SecretNotValid", problem),
        }
        claims.findings.insert(object, visit.findings);
    }
    let over_tls = claims.tls.is_some();
    for route in &mut claims.routes {
        route.over_tls = over_tls;
    }
    claims.warn_of_silence(fqdn);
    claims
}

impl Claims {
    /// Tells the authors of what is nowhere to be seen.
    fn warn_of_silence(&mut self, fqdn: &str) {
        let hidden = |route: &&Route| route.cleartext == Cleartext::Hide && !route.over_tls;
        for route in self.routes.iter().filter(hidden) {
            let message = format!("host \"{fqdn}\" has no TLS and may not be served without");
            let findings = self.findings.entry(route.origin.clone()).or_default();
            findings.warning(Part::Route, "NotServed", message);
        }
        if self.routes.is_empty() && self.tls.is_some() {
            for findings in self.findings.values_mut() {
                let message = format!("no rule for host \"{fqdn}\" can be served, so that its TLS is of no use");
                findings.warning(Part::Tls, "NotServed", message);
            }
        }
    }
}

/// One Ingress, as far as it is about one host.
struct Visit<'a> {
    /// `*` for rules without a host.
    fqdn: &'a str,
    ingress: &'a Ingress,
    annotations: Annotations<'a>,
    reader: &'a Reader<'a>,
    findings: Findings,
}
