//! Ingresses to the model: what all of them together say about one host.
//!
//! The API has no place for problems, so that the reference only logs them. Here they are findings, and a wrong part
//! takes nothing along but itself.

mod annotations;
mod backend;
mod paths;
mod rules;
mod tls;

use std::{collections::BTreeMap, sync::Arc};

use self::annotations::Annotations;
use crate::{
    inputs::Reader,
    model::{Authorization, Cleartext, Governor, Route, Tls},
    object::{Ingress, Kind, NamespacedName, ObjectRef},
    proxy, route_policy,
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

/// What the operator demands of everything that is served.
#[derive(Debug)]
struct Demands {
    /// What Envoy shows to backends over TLS.
    client_certificate: Result<Option<NamespacedName>, String>,
    /// Who is asked before a request passes.
    authorization: Result<Option<Authorization>, String>,
}

/// Translates what all Ingresses say about a host, in the order of their names.
pub(crate) fn translate(fqdn: &str, reader: &Reader<'_>) -> Claims {
    let mut claims = Claims::default();
    let ingresses = reader.ingresses_of(fqdn);
    if ingresses.is_empty() {
        return claims;
    }
    let demands = Demands {
        client_certificate: upstream::client_certificate(reader),
        authorization: proxy::operators_authorization(reader),
    };
    for ingress in ingresses {
        let mut findings = Findings::default();
        let object = Kind::Ingress.object(&ingress.name);
        let mut visit = Visit {
            fqdn,
            ingress,
            annotations: Annotations::read(ingress, &mut findings),
            demands: &demands,
            governors: route_policy::governors(&object, &[], reader),
            reader,
            findings,
        };
        visit.claim(&mut claims);
        claims.findings.insert(object, visit.findings);
    }
    let over_tls = claims.tls.is_some();
    claims.routes.iter_mut().for_each(|route| route.over_tls = over_tls);
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
            findings.look_at(&route.field);
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
    demands: &'a Demands,
    governors: Vec<Arc<Governor>>,
    reader: &'a Reader<'a>,
    findings: Findings,
}

impl Visit<'_> {
    fn claim(&mut self, claims: &mut Claims) {
        if let Some(tls) = self.tls() {
            let first = claims.tls.get_or_insert_with(|| tls.clone());
            if *first != tls {
                let message = format!("the TLS of another Ingress is used for host \"{}\"", self.fqdn);
                self.findings.warning(Part::Tls, "Conflicted", message);
            }
        }
        if let Err(problem) = &self.demands.authorization {
            let message = format!("the operator demands authorization, but nobody can be asked: {problem}");
            self.findings.error(Part::Auth, "ExtensionServiceNotFound", message);
        }
        match &self.demands.client_certificate {
            Ok(_) => claims.routes.extend(self.routes()),
            Err(problem) => self.findings.error(Part::Tls, "SecretNotValid", problem),
        }
    }
}
