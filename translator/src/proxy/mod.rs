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
    host::Outcome,
    inputs::Reader,
    model::{self, Secure, VirtualHost},
    object::{HttpProxy, Kind, NamespacedName},
    status::{Findings, Part},
};

/// Translates the virtual host of a root.
pub(crate) fn translate(root: &NamespacedName, fqdn: &str, reader: &Reader<'_>) -> Outcome {
    let Some(proxy) = reader.proxy(root) else {
        return Outcome::default();
    };
    let mut visits = Visits {
        reader,
        findings: BTreeMap::new(),
    };
    let mut findings = Findings::default();
    let host = visits.virtual_host(proxy, fqdn, &mut findings);
    visits.commit(root, findings);
    let findings = visits.findings.into_iter();
    Outcome {
        host,
        findings: findings
            .map(|(proxy, findings)| (Kind::HttpProxy.object(&proxy), findings))
            .collect(),
    }
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

    fn virtual_host(&mut self, root: &HttpProxy, fqdn: &str, findings: &mut Findings) -> Option<VirtualHost> {
        let spec = &root.spec;
        if spec.routes.is_empty() && spec.includes.is_empty() && spec.tcpproxy.is_none() {
            let message = "HTTPProxy.Spec must have at least one Route, Include, or a TCPProxy";
            findings.error(Part::Spec, "NothingDefined", message);
            return None;
        }
        let block = spec.virtualhost.as_ref().and_then(|host| host.tls.as_ref());
        let tls = match block {
            Some(block) => tls::tls(self.reader, &root.name.namespace, block, findings)?,
            None => None,
        };
        if spec.tcpproxy.is_some() && block.is_none() {
            let message = "Spec.TCPProxy requires that either Spec.TLS.Passthrough or Spec.TLS.SecretName be set";
            findings.error(Part::TcpProxy, "TLSMustBeConfigured", message);
            return None;
        }
        let destinations = self.tcp_proxy(root, &mut Vec::new(), findings).ok()?;
        let routes = self.routes_of_root(root, block.is_some(), findings);
        let secure = match (destinations, tls) {
            (Some(destinations), tls) => Some(Secure::Tcp {
                tls,
                proxy: model::TcpProxy {
                    destinations,
                    ip_filter: None,
                },
            }),
            (None, Some(tls)) if spec.tcpproxy.is_none() && !routes.is_empty() => Some(Secure::Routes(tls)),
            _ => None,
        };
        let serves = !routes.is_empty() || secure.is_some();
        serves.then(|| VirtualHost {
            routes,
            secure,
            ..VirtualHost::new(fqdn.to_owned(), vec![Kind::HttpProxy.object(&root.name)])
        })
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
