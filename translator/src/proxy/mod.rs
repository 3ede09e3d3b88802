//! HTTPProxies to the model: inclusion, delegation and validation, in the reference's order and words.
//!
//! The unit is one root with all that it includes. A wrong part is a finding on the proxy that holds it; what survives
//! is the reference's rule, case by case.

mod auth;
mod budget;
pub(crate) mod conditions;
mod cookies;
mod cors;
pub(crate) mod headers;
mod health_check;
mod ip_filter;
mod jwks_uri;
mod jwt;
mod load_balancer;
mod problem;
mod rate_limit;
mod redirect;
mod rewrite;
mod root;
mod route;
mod routes;
mod services;
mod tcp;
mod timeouts;
mod tls;
mod virtual_host;

use std::collections::BTreeMap;

use problem::Problem;

pub(crate) use auth::of_operator as operators_authorization;
pub(crate) use headers::{OperatorsHeaders, of_operator as operators_headers};
pub(crate) use rate_limit::global as rate_limit_descriptors;

use crate::{
    host::Outcome,
    inputs::Reader,
    object::{HttpProxy, Kind, NamespacedName},
    status::Findings,
};

/// Translates the virtual host of a root.
pub(crate) fn translate(root: &NamespacedName, fqdn: &str, reader: &Reader<'_>) -> Outcome {
    let Some(proxy) = reader.proxy(root) else {
        return Outcome::default();
    };
    let mut visits = Visits {
        reader,
        findings: BTreeMap::new(),
        spent: budget::Spent::default(),
        of_root: Vec::new(),
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
    spent: budget::Spent,
    /// What proxies under the root have done wrong that the root is told too.
    of_root: Vec<Problem>,
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
