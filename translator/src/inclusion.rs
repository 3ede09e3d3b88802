//! Which proxies include which, for whoever looks into a running controller. Nothing is kept for it: it is put together
//! when somebody asks.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::{
    api::shared::MatchCondition,
    inputs::Inputs,
    object::{HttpProxy, Kind, NamespacedName, ObjectRef},
    status::Status,
};

/// All proxies of our class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inclusion {
    /// Those with a host, by name.
    pub roots: Vec<Root>,
    /// Those that no root includes, as `namespace/name`.
    pub orphans: Vec<String>,
}

/// A root with all that it includes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Root {
    /// Its host.
    pub host: String,
    /// The proxy itself.
    #[serde(flatten)]
    pub proxy: Included,
}

/// A proxy where it is included.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Included {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// One word on it; `missing` if there is no such proxy.
    pub status: &'static str,
    /// The conditions of all includes that lead here, as they are written.
    pub conditions: Vec<Value>,
    /// Whether what it includes is left out, since the same root shows it elsewhere, or it lies too deep.
    pub cut: bool,
    /// What it includes, in its order.
    pub children: Vec<Included>,
}

/// What lies deeper is not served either.
const DEEPEST: usize = 100;

/// The statuses are those that were last told.
pub(crate) fn of<'a>(inputs: &'a Inputs, status: impl Fn(&ObjectRef) -> Option<&'a Status>) -> Inclusion {
    let summary = |name: &NamespacedName| status(&Kind::HttpProxy.object(name)).map(Status::summary);
    let root = |proxy: &HttpProxy| {
        let host = proxy.spec.virtualhost.as_ref()?.fqdn.clone();
        let mut walk = Walk {
            inputs,
            summary: &summary,
            shown: BTreeSet::new(),
        };
        let proxy = walk.included(&proxy.name, &[], 0);
        Some(Root { host, proxy })
    };
    let orphans = inputs.proxies().map(|proxy| &proxy.name);
    let orphans = orphans.filter(|name| summary(name) == Some("orphaned"));
    Inclusion {
        roots: inputs.proxies().filter_map(root).collect(),
        orphans: orphans.map(ToString::to_string).collect(),
    }
}

/// A walk down from one root. What is shown once is not shown again: includes may multiply without end.
struct Walk<'a, S> {
    inputs: &'a Inputs,
    summary: &'a S,
    shown: BTreeSet<NamespacedName>,
}

impl<S: Fn(&NamespacedName) -> Option<&'static str>> Walk<'_, S> {
    fn included(&mut self, name: &NamespacedName, conditions: &[&MatchCondition], depth: usize) -> Included {
        let found = self.inputs.proxy(name);
        // A root that is included is not served there.
        let walked = found.filter(|proxy| depth == 0 || proxy.spec.virtualhost.is_none());
        let includes = walked.is_some_and(|proxy| !targets(proxy).is_empty());
        let cut = includes && (depth == DEEPEST || self.shown.contains(name));
        self.shown.insert(name.clone());
        let children = walked.filter(|_| !cut).map(targets).unwrap_or_default();
        let children = children.into_iter().map(|(child, own)| {
            let conditions: Vec<_> = conditions.iter().copied().chain(own).collect();
            self.included(&child, &conditions, depth + 1)
        });
        Included {
            children: children.collect(),
            namespace: name.namespace.clone(),
            name: name.name.clone(),
            status: (self.summary)(name).unwrap_or("missing"),
            conditions: conditions.iter().map(|condition| written(condition)).collect(),
            cut,
        }
    }
}

/// What a proxy includes, and under which conditions.
fn targets(proxy: &HttpProxy) -> Vec<(NamespacedName, &[MatchCondition])> {
    let includes = proxy.spec.includes.iter();
    let includes = includes.map(|include| (&include.namespace, &include.name, include.conditions.as_slice()));
    let tcp = proxy.spec.tcpproxy.as_ref();
    let tcp = tcp.and_then(|tcp| tcp.include.as_ref().or(tcp.includes.as_ref()));
    let tcp = tcp.map(|include| (&include.namespace, &include.name, [].as_slice()));
    let targets = includes.chain(tcp);
    targets
        .map(|(namespace, name, conditions)| {
            let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
            let namespace = namespace.unwrap_or(&proxy.name.namespace);
            (NamespacedName::new(namespace, name), conditions)
        })
        .collect()
}

/// Only what is said.
fn written(condition: &MatchCondition) -> Value {
    let mut value = serde_json::to_value(condition).unwrap_or_default();
    drop_unset(&mut value);
    value
}

fn drop_unset(value: &mut Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !(value.is_null() || *value == "" || *value == false));
        fields.values_mut().for_each(drop_unset);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
