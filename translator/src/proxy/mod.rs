//! HTTPProxies to the model: inclusion, delegation and validation, in the reference's order and words.
//!
//! The unit is one root with all that it includes. A wrong part is a finding on the proxy that holds it; what survives
//! is the reference's rule, case by case.

mod conditions;
mod routes;
mod services;
mod tcp;
mod tls;

use std::collections::BTreeMap;

use crate::{
    inputs::Reader,
    model::{Secure, VirtualHost},
    object::{HttpProxy, NamespacedName},
    status::{Findings, Part},
};

/// What one root comes to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Nothing if nothing of it can be served.
    pub(crate) host: Option<VirtualHost>,
    /// What was found on every proxy that was reached.
    pub(crate) findings: BTreeMap<NamespacedName, Findings>,
}

/// Translates the virtual host of a root; nothing if there is no such root.
pub(crate) fn translate(root: &NamespacedName, reader: &Reader<'_>) -> Option<Outcome> {
    let proxy = reader.proxy(root)?;
    let host = proxy.host()?;
    let mut visits = Visits {
        reader,
        findings: BTreeMap::new(),
    };
    let mut findings = Findings::default();
    let host = visits.virtual_host(proxy, host, &mut findings);
    visits.commit(root, findings);
    Some(Outcome {
        host,
        findings: visits.findings,
    })
}

/// A walk over the proxies that one root includes.
struct Visits<'a> {
    reader: &'a Reader<'a>,
    findings: BTreeMap<NamespacedName, Findings>,
}

impl Visits<'_> {
    /// A later visit replaces an earlier one, but a valid one never hides an invalid one.
    fn commit(&mut self, proxy: &NamespacedName, findings: Findings) {
        let keep = self
            .findings
            .get(proxy)
            .is_some_and(|earlier| findings.is_valid() && !earlier.is_valid());
        if !keep {
            self.findings.insert(proxy.clone(), findings);
        }
    }

    fn virtual_host(&mut self, root: &HttpProxy, fqdn: String, findings: &mut Findings) -> Option<VirtualHost> {
        let spec = &root.spec;
        self.check_root(root, &fqdn, findings)?;
        let tls = spec.virtualhost.as_ref().and_then(|host| host.tls.as_ref());
        let certificate = match tls {
            Some(tls) => tls::certificate(self.reader, &root.name.namespace, tls, findings)?,
            None => None,
        };
        if spec.tcpproxy.is_some() && tls.is_none() {
            let message = "Spec.TCPProxy requires that either Spec.TLS.Passthrough or Spec.TLS.SecretName be set";
            findings.error(Part::TcpProxy, "TLSMustBeConfigured", message);
            return None;
        }
        let destinations = self.tcp_proxy(root, &mut Vec::new(), findings).ok()?;
        let routes = self.routes_of_root(root, findings);
        let secure = match (destinations, certificate) {
            (Some(destinations), certificate) => Some(Secure::Tcp {
                certificate,
                destinations,
            }),
            (None, Some(certificate)) if spec.tcpproxy.is_none() && !routes.is_empty() => {
                Some(Secure::Routes { certificate })
            }
            _ => None,
        };
        let serves = !routes.is_empty() || secure.is_some();
        serves.then(|| VirtualHost {
            fqdn,
            root: root.name.clone(),
            routes,
            has_tls: tls.is_some(),
            secure,
        })
    }

    fn check_root(&self, root: &HttpProxy, fqdn: &str, findings: &mut Findings) -> Option<()> {
        let rivals = self.reader.roots_of(fqdn);
        let spec = &root.spec;
        if rivals.len() > 1 {
            let rivals: Vec<_> = rivals.iter().map(ToString::to_string).collect();
            let message = format!("fqdn \"{fqdn}\" is used in multiple HTTPProxies: {}", rivals.join(", "));
            findings.error(Part::VirtualHost, "DuplicateVhost", message);
        } else if spec.routes.is_empty() && spec.includes.is_empty() && spec.tcpproxy.is_none() {
            let message = "HTTPProxy.Spec must have at least one Route, Include, or a TCPProxy";
            findings.error(Part::Spec, "NothingDefined", message);
        }
        findings.is_valid().then_some(())
    }
}

/// A reference to another proxy: its namespace is that of the referring one unless it says otherwise.
fn target(from: &HttpProxy, namespace: &str, name: &str) -> NamespacedName {
    NamespacedName::new(
        if namespace.is_empty() {
            &from.name.namespace
        } else {
            namespace
        },
        name,
    )
}

/// `ns/a -> ns/b -> ns/a`
fn cycle(path: &[&NamespacedName], closing: &NamespacedName) -> String {
    let names: Vec<_> = path.iter().copied().chain([closing]).map(ToString::to_string).collect();
    names.join(" -> ")
}
