//! What each setting by itself says well, and all of them together do not.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::{
    Settings,
    remark::{At, Remarks},
};
use crate::object::NamespacedName;

pub(super) fn check(settings: &Settings, remarks: &mut Remarks) {
    let at = &mut remarks.at("");
    check_listeners(settings, at);
    check_namespaces(settings, at);
    let managed = settings.managed_runtime();
    for key in settings.runtime.keys().filter(|key| managed.contains_key(*key)) {
        at.note(
            &format!("runtime-settings.{key}"),
            "user-defined runtime setting overlaps with managed key, skipping",
        );
    }
}

fn check_listeners(settings: &Settings, at: &mut At<'_>) {
    let mut taken = BTreeMap::<(IpAddr, u16), &str>::new();
    for (name, address, port) in settings.listeners.sockets() {
        if let Some(other) = taken.insert((address, port), name) {
            at.problem(
                &format!("listeners.{name}"),
                format!("{other} has port {port} of {address}, too"),
            );
        }
    }
    let (v4, v6): (Vec<_>, Vec<_>) = taken.keys().partition(|(address, _)| address.is_ipv4());
    let both = v6.iter().any(|(address, _)| address.is_unspecified());
    let options = &mut at.block("listener.socket-options");
    if settings.connections.tos > 0 && v4.is_empty() && !both {
        options.problem("tos", "is an option of IPv4, and no listener has an IPv4 address");
    }
    if settings.connections.traffic_class > 0 && v6.is_empty() {
        options.problem(
            "traffic-class",
            "is an option of IPv6, and no listener has an IPv6 address",
        );
    }
}

fn check_namespaces(settings: &Settings, at: &mut At<'_>) {
    let Some(watched) = &settings.watch_namespaces else {
        return;
    };
    let roots = settings.root_namespaces.as_ref();
    if roots.is_some_and(|roots: &BTreeSet<_>| !roots.is_subset(watched)) {
        at.problem("--watch-namespaces", "not all root namespaces are being watched");
    }
    let mut check = |key: &str, what: &str, secret: Option<&NamespacedName>| {
        if let Some(NamespacedName { namespace, .. }) = secret.filter(|secret| !watched.contains(&secret.namespace)) {
            at.problem(key, format!("the {what} namespace ({namespace}) must be watched"));
        }
    };
    let tls = &settings.tls;
    check(
        "tls.fallback-certificate",
        "fallbackCertificate",
        tls.fallback_certificate.as_ref(),
    );
    check(
        "tls.envoy-client-certificate",
        "clientCertificate",
        tls.client_certificate.as_ref(),
    );
}
