//! `spec` of an IngressRoute to `spec` of an HTTPProxy.

use serde_json::{Map, Value, json};

use super::{
    api::{Delegate, IngressRouteSpec, TcpProxy, Tls, VirtualHost},
    note::Notes,
    prefixes::Prefixes,
    routes, services,
};
use crate::object::NamespacedName;

/// What HTTPProxy balances TCP connections by, besides its default.
const TCP_STRATEGIES: [&str; 2] = ["WeightedLeastRequest", "Random"];

pub(super) fn convert(name: &NamespacedName, spec: &IngressRouteSpec, prefixes: &Prefixes, notes: &mut Notes) -> Value {
    let mut out = Map::new();
    if let Some(host) = &spec.virtualhost {
        out.insert("virtualhost".to_owned(), virtual_host(host, notes));
    } else if !spec.routes.is_empty() && prefixes.place(name).is_none() {
        let reason = "no IngressRoute among these delegates to it, so what its routes need not repeat is not known";
        notes.add(
            "spec.routes",
            reason,
            "the paths are left whole: convert it together with those that delegate to it",
        );
    }
    let routes = routes::convert(name, spec, prefixes, notes);
    for (key, list) in [("includes", routes.includes), ("routes", routes.routes)] {
        if !list.is_empty() {
            out.insert(key.to_owned(), list.into());
        }
    }
    if let Some(tcp) = &spec.tcpproxy {
        out.insert("tcpproxy".to_owned(), tcp_proxy(tcp, spec, notes));
    }
    out.into()
}

fn virtual_host(host: &VirtualHost, notes: &mut Notes) -> Value {
    let mut out = Map::from_iter([("fqdn".to_owned(), json!(host.fqdn))]);
    if host.fqdn.starts_with("*.") {
        let reason = "an IngressRoute with a wildcard was not served, and an HTTPProxy with one is";
        notes.add(
            "spec.virtualhost.fqdn",
            reason,
            "it is kept: name one host if that is not wanted",
        );
    }
    if let Some(settings) = &host.tls {
        out.insert("tls".to_owned(), tls(settings, notes));
    }
    out.into()
}

fn tls(tls: &Tls, notes: &mut Notes) -> Value {
    let mut out = Map::new();
    if !tls.secret_name.is_empty() {
        out.insert("secretName".to_owned(), json!(tls.secret_name));
    }
    match tls.minimum_protocol_version.as_str() {
        "" => {}
        version @ ("1.2" | "1.3") => drop(out.insert("minimumProtocolVersion".to_owned(), json!(version))),
        older => {
            let reason = format!("the oldest version of HTTPProxy is 1.2, not {older}");
            let advice = "it is left out: clients that know no newer one cannot connect";
            notes.add("spec.virtualhost.tls.minimumProtocolVersion", reason, advice);
        }
    }
    if tls.passthrough {
        out.insert("passthrough".to_owned(), true.into());
    }
    out.into()
}

fn tcp_proxy(tcp: &TcpProxy, spec: &IngressRouteSpec, notes: &mut Notes) -> Value {
    let mut out = Map::new();
    if !tcp.services.is_empty() {
        out.insert("services".to_owned(), services::services(&tcp.services));
    }
    if let Some(delegate) = &tcp.delegate {
        out.insert("include".to_owned(), reference(delegate).into());
    }
    let policy = services::load_balancer_policy(&tcp.services, spec, &TCP_STRATEGIES, "spec.tcpproxy", notes);
    if let Some(policy) = policy {
        out.insert("loadBalancerPolicy".to_owned(), policy);
    }
    for (index, service) in tcp.services.iter().enumerate() {
        if service.health_check.is_some() {
            let reason = "HTTPProxy checks the backends of a TCP proxy by connecting, not by a request";
            let advice = "it is left out: set tcpproxy.healthCheckPolicy if that will do";
            notes.add(format!("spec.tcpproxy.services[{index}].healthCheck"), reason, advice);
        }
    }
    out.into()
}

/// The object that is delegated to, as an HTTPProxy names it.
pub(super) fn reference(delegate: &Delegate) -> Map<String, Value> {
    let mut out = Map::from_iter([("name".to_owned(), json!(delegate.name))]);
    if !delegate.namespace.is_empty() {
        out.insert("namespace".to_owned(), json!(delegate.namespace));
    }
    out
}
