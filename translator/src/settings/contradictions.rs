//! What each setting by itself says well, and all of them together do not.

use std::{collections::BTreeSet, net::IpAddr};

use super::{
    Listeners, Settings,
    remark::{At, Remarks},
};
use crate::object::NamespacedName;

pub(super) fn check(settings: &Settings, remarks: &mut Remarks) {
    let at = &mut remarks.at("");
    check_sockets(&settings.listeners, at);
    check_socket_options(settings, at);
    check_namespaces(settings, at);
    let managed = settings.managed_runtime();
    for key in settings.runtime.keys().filter(|key| managed.contains_key(*key)) {
        at.note(
            &format!("runtime-settings.{key}"),
            "user-defined runtime setting overlaps with managed key, skipping",
        );
    }
}

/// No two listeners take the same connections.
pub(super) fn check_sockets(listeners: &Listeners, at: &mut At<'_>) {
    let sockets: Vec<_> = listeners.sockets().collect();
    let over_tls = listeners.admin.metrics.as_ref().is_some_and(|it| it.tls.is_some());
    for (index, (name, address, port)) in sockets.iter().enumerate() {
        let mut before = sockets.iter().take(index);
        let taken = before.find(|(_, other, taken)| taken == port && overlap(*other, *address));
        if let Some((other, other_address, _)) = taken {
            let why = why_not_shared(other, name, over_tls);
            let flag = flag_beside(name);
            let message = format!("{why}{other} has port {port} of {other_address}, too{flag}");
            at.problem(key_of(name), message);
        }
    }
}

/// Whoever binds all of IPv6 binds all of IPv4 too.
fn overlap(one: IpAddr, other: IpAddr) -> bool {
    let covers = |all: IpAddr, one: IpAddr| all.is_unspecified() && (all.is_ipv6() || one.is_ipv4());
    one == other || covers(one, other) || covers(other, one)
}

fn key_of(listener: &str) -> &str {
    match listener {
        "http" => "listeners.http",
        "https" => "listeners.https",
        "tlsOffload" => "listeners.tlsOffload",
        "metrics" => "metrics.envoy.port",
        "health" => "health.envoy.port",
        "omEnforcedHealth" => "omEnforcedHealthListener.port",
        _ => "network.admin-port",
    }
}

fn why_not_shared(one: &str, other: &str, metrics_over_tls: bool) -> &'static str {
    match (one, other) {
        ("metrics", "health") if metrics_over_tls => {
            "cannot use single port for health over HTTP and metrics over HTTPS: "
        }
        ("health", "omEnforcedHealth") => {
            "cannot use the same port for health checks and overload-manager enforced health checks: "
        }
        ("metrics", "omEnforcedHealth") => {
            "cannot use the same port for metrics and overload-manager enforced health checks: "
        }
        _ => "",
    }
}

/// What else may have set the port.
fn flag_beside(listener: &str) -> &'static str {
    match listener {
        "metrics" | "health" => "; where it is not written, --stats-port sets it",
        _ => "",
    }
}

fn check_socket_options(settings: &Settings, at: &mut At<'_>) {
    let sockets = settings.listeners.traffic_sockets();
    let (v4, v6): (Vec<_>, Vec<_>) = sockets.map(|(_, address, _)| address).partition(IpAddr::is_ipv4);
    let both = v6.iter().any(IpAddr::is_unspecified);
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
