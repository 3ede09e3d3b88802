//! One host: what its root HTTPProxy says, and what Ingresses add.

use std::collections::BTreeMap;

use crate::{
    inputs::Reader,
    model::VirtualHost,
    object::{Kind, ObjectRef},
    proxy,
    status::{Findings, Part},
};

/// What one host comes to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Nothing if nothing of it can be served.
    pub(crate) host: Option<VirtualHost>,
    /// What was found on every object that was reached.
    pub(crate) findings: BTreeMap<ObjectRef, Findings>,
}

/// Translates everything that claims a host.
pub(crate) fn translate(fqdn: &str, reader: &Reader<'_>) -> Outcome {
    let roots: Vec<_> = reader.roots_of(fqdn).iter().collect();
    match roots.as_slice() {
        [] => Outcome::default(),
        [root] => proxy::translate(root, fqdn, reader),
        rivals => {
            let names: Vec<_> = rivals.iter().map(ToString::to_string).collect();
            let message = format!("fqdn \"{fqdn}\" is used in multiple HTTPProxies: {}", names.join(", "));
            let mut findings = Findings::default();
            findings.error(Part::VirtualHost, "DuplicateVhost", message);
            let of_rival = |rival| (Kind::HttpProxy.object(rival), findings.clone());
            Outcome {
                host: None,
                findings: rivals.iter().copied().map(of_rival).collect(),
            }
        }
    }
}
