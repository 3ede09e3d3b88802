//! What an API server checks of Kubernetes' own kinds beyond their types, as far as it matters here.
//!
//! Addresses of endpoints are not among it: without a cluster they may well be loopback addresses.

use std::collections::BTreeSet;

use k8s_openapi::{
    api::{
        core::v1::{Secret, Service, ServicePort},
        networking::v1::{HTTPIngressPath, Ingress, IngressBackend, IngressServiceBackend, IngressTLS},
    },
    apimachinery::pkg::util::intstr::IntOrString,
};
use serde_json::json;

use super::{
    problem::FieldProblem,
    words::{self, Word},
};

type Problems = Vec<FieldProblem>;

pub(super) fn service(service: &Service) -> Problems {
    let mut problems = Vec::new();
    let spec = service.spec.clone().unwrap_or_default();
    let ports = spec.ports.unwrap_or_default();
    let is_external_name = spec.type_.as_deref() == Some("ExternalName");
    if is_external_name {
        match spec.external_name.as_deref().unwrap_or_default().trim_end_matches('.') {
            "" => problems.push(FieldProblem::required("spec.externalName", "")),
            name => problems.extend(words::SUBDOMAIN.check("spec.externalName", name)),
        }
    } else if ports.is_empty() && spec.cluster_ip.as_deref() != Some("None") {
        problems.push(FieldProblem::required("spec.ports", ""));
    }
    if let Some(kind) = &spec.type_ {
        let kinds = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
        problems.extend(one_of("spec.type", kind, &kinds));
    }
    let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for (index, port) in ports.iter().enumerate() {
        let path = format!("spec.ports[{index}]");
        problems.extend(service_port(&path, port));
        let name = port.name.as_deref().unwrap_or_default();
        if name.is_empty() && ports.len() > 1 {
            problems.push(FieldProblem::required(format!("{path}.name"), ""));
        }
        if !name.is_empty() && !names.insert(name) {
            problems.push(FieldProblem::duplicate(format!("{path}.name"), &name.into()));
        }
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        if !numbers.insert((port.port, protocol)) {
            let value = json!({"Name": "", "Protocol": protocol, "AppProtocol": null, "Port": port.port, "TargetPort": 0, "NodePort": 0});
            problems.push(FieldProblem::duplicate(path, &value));
        }
    }
    problems
}

fn service_port(path: &str, port: &ServicePort) -> Problems {
    let mut problems = Vec::new();
    if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) {
        problems.extend(words::check_label(&format!("{path}.name"), name));
    }
    problems.extend(port_number(&format!("{path}.port"), port.port));
    if let Some(protocol) = &port.protocol {
        problems.extend(one_of(&format!("{path}.protocol"), protocol, &["SCTP", "TCP", "UDP"]));
    }
    let target = format!("{path}.targetPort");
    match &port.target_port {
        // Not set, it is the port itself.
        None | Some(IntOrString::Int(0)) => problems.extend(port_number(&target, port.port)),
        Some(IntOrString::Int(number)) => problems.extend(port_number(&target, *number)),
        Some(IntOrString::String(name)) => problems.extend(port_name(&target, name)),
    }
    if let Some(protocol) = &port.app_protocol {
        let path = format!("{path}.appProtocol");
        problems.extend(words::check_qualified_name(&path, protocol, protocol));
    }
    problems
}

pub(super) fn secret(secret: &Secret) -> Problems {
    let has = |key: &str| {
        secret.data.iter().flatten().any(|(name, _)| name == key)
            || secret.string_data.iter().flatten().any(|(name, _)| name == key)
    };
    let needed: &[&str] = match secret.type_.as_deref() {
        Some("kubernetes.io/tls") => &["tls.crt", "tls.key"],
        _ => &[],
    };
    let missing = needed.iter().filter(|key| !has(key));
    missing
        .map(|key| FieldProblem::required(format!("data[{key}]"), ""))
        .collect()
}

pub(super) fn ingress(ingress: &Ingress) -> Problems {
    let mut problems = Vec::new();
    let spec = ingress.spec.clone().unwrap_or_default();
    let rules = spec.rules.unwrap_or_default();
    if rules.is_empty() && spec.default_backend.is_none() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        problems.push(FieldProblem::invalid("spec", &json!(null), detail));
    }
    if let Some(backend) = &spec.default_backend {
        problems.extend(ingress_backend("spec.defaultBackend", backend));
    }
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("spec.rules[{index}]");
        if let Some(host) = rule.host.as_deref().filter(|host| !host.is_empty()) {
            problems.extend(ingress_host(&format!("{path}.host"), host));
        }
        let Some(http) = &rule.http else {
            continue;
        };
        if http.paths.is_empty() {
            problems.push(FieldProblem::required(format!("{path}.http.paths"), ""));
        }
        for (index, http_path) in http.paths.iter().enumerate() {
            problems.extend(ingress_path(&format!("{path}.http.paths[{index}]"), http_path));
        }
    }
    for (index, tls) in spec.tls.iter().flatten().enumerate() {
        problems.extend(ingress_tls(&format!("spec.tls[{index}]"), tls));
    }
    if let Some(class) = &spec.ingress_class_name {
        problems.extend(words::SUBDOMAIN.check("spec.ingressClassName", class));
    }
    problems
}

fn ingress_host(path: &str, host: &str) -> Problems {
    let mut problems = Vec::new();
    if host.parse::<std::net::IpAddr>().is_ok() {
        let detail = "must be a DNS name, not an IP address";
        problems.push(FieldProblem::invalid(path, &host.into(), detail));
    }
    problems.extend(dns_name(host).check(path, host));
    problems
}

fn ingress_path(path: &str, http: &HTTPIngressPath) -> Problems {
    if http.path_type.is_empty() {
        let detail = "pathType must be specified";
        return vec![FieldProblem::required(format!("{path}.pathType"), detail)];
    }
    let mut problems = Vec::new();
    let text = http.path.as_deref().unwrap_or_default();
    let at = format!("{path}.path");
    let mut invalid = |detail: String| problems.push(FieldProblem::invalid(&at, &text.into(), detail));
    let is_exact = matches!(http.path_type.as_str(), "Exact" | "Prefix");
    if !text.starts_with('/') && (is_exact || !text.is_empty()) {
        invalid("must be an absolute path".to_owned());
    }
    if is_exact {
        let sequences = ["//", "/./", "/../", "%2f", "%2F"].into_iter();
        for sequence in sequences.filter(|sequence| text.contains(sequence)) {
            invalid(format!("must not contain '{sequence}'"));
        }
        for end in ["/..", "/."].into_iter().filter(|end| text.ends_with(end)) {
            invalid(format!("cannot end with '{end}'"));
        }
    }
    let kinds = ["Exact", "ImplementationSpecific", "Prefix"];
    problems.extend(one_of(&format!("{path}.pathType"), &http.path_type, &kinds));
    problems.extend(ingress_backend(&format!("{path}.backend"), &http.backend));
    problems
}

fn ingress_tls(path: &str, tls: &IngressTLS) -> Problems {
    let mut problems = Vec::new();
    for (index, host) in tls.hosts.iter().flatten().enumerate() {
        problems.extend(dns_name(host).check(&format!("{path}.hosts[{index}]"), host));
    }
    let secret = tls.secret_name.as_deref().unwrap_or_default();
    if !secret.is_empty() {
        problems.extend(words::SUBDOMAIN.check(&format!("{path}.secretName"), secret));
    }
    problems
}

fn ingress_backend(path: &str, backend: &IngressBackend) -> Problems {
    let empty = json!("");
    match (&backend.resource, &backend.service) {
        (Some(_), Some(_)) => {
            let detail = "cannot set both resource and service backends";
            vec![FieldProblem::invalid(path, &empty, detail)]
        }
        (Some(_), None) => Vec::new(),
        (None, Some(service)) => ingress_service(path, service),
        (None, None) => vec![FieldProblem::invalid(
            path,
            &empty,
            "resource or service backend is required",
        )],
    }
}

fn ingress_service(path: &str, service: &IngressServiceBackend) -> Problems {
    let mut problems = Vec::new();
    let at = format!("{path}.service.name");
    if service.name.is_empty() {
        problems.push(FieldProblem::required(at, ""));
    } else {
        problems.extend(words::SERVICE.check(&at, &service.name));
    }
    let port = service.port.clone().unwrap_or_default();
    let name = port.name.filter(|name| !name.is_empty());
    let number = port.number.filter(|number| *number != 0);
    match (name, number) {
        (Some(_), Some(_)) => {
            let detail = "cannot set both port name & port number";
            problems.push(FieldProblem::invalid(path, &json!(""), detail));
        }
        (Some(name), None) => problems.extend(port_name(&format!("{path}.service.port.name"), &name)),
        (None, Some(number)) => problems.extend(port_number(&format!("{path}.service.port.number"), number)),
        (None, None) => problems.push(FieldProblem::required(path, "port name or number is required")),
    }
    problems
}

/// What a host must be: it may have a wildcard in front.
fn dns_name(host: &str) -> &'static Word {
    if host.contains('*') {
        &words::WILDCARD
    } else {
        &words::SUBDOMAIN
    }
}

fn port_number(path: &str, port: i32) -> Option<FieldProblem> {
    let is_port = (1..=65535).contains(&port);
    (!is_port).then(|| FieldProblem::invalid(path, &port.into(), "must be between 1 and 65535, inclusive"))
}

fn port_name(path: &str, name: &str) -> Problems {
    let mut reasons = Vec::new();
    if name.len() > 15 {
        reasons.push("must be no more than 15 characters");
    }
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(is_plain) {
        reasons.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        reasons.push("must contain at least one letter (a-z)");
    }
    if name.contains("--") {
        reasons.push("must not contain consecutive hyphens");
    }
    if name.starts_with('-') || name.ends_with('-') {
        reasons.push("must not begin or end with a hyphen");
    }
    reasons
        .into_iter()
        .map(|reason| FieldProblem::invalid(path, &name.into(), reason))
        .collect()
}

fn one_of(path: &str, value: &str, supported: &[&str]) -> Option<FieldProblem> {
    let values: Vec<_> = supported.iter().map(|value| json!(value)).collect();
    (!supported.contains(&value)).then(|| FieldProblem::unsupported(path, &value.into(), &values))
}
