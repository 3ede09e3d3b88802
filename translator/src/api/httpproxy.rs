//! HTTPProxy, `projectcontour.io/v1`: the fields that are translated today.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::{FieldProblem, Schema};

/// A root (with `virtualhost`) or a child that others include.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpProxySpec {
    pub(crate) virtualhost: Option<VirtualHost>,
    #[serde(default)]
    pub(crate) routes: Vec<Route>,
    #[serde(default)]
    pub(crate) includes: Vec<Include>,
    pub(crate) tcpproxy: Option<TcpProxy>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct VirtualHost {
    pub(crate) fqdn: String,
    pub(crate) tls: Option<Tls>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Tls {
    pub(crate) secret_name: String,
    pub(crate) passthrough: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Include {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) conditions: Vec<MatchCondition>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Route {
    #[serde(default)]
    pub(crate) conditions: Vec<MatchCondition>,
    #[serde(default)]
    pub(crate) services: Vec<Service>,
    #[serde(default)]
    pub(crate) permit_insecure: bool,
}

/// One element of a list of conditions; empty strings mean "not set", as in the reference.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct MatchCondition {
    pub(crate) prefix: String,
    pub(crate) exact: String,
    pub(crate) header: Option<HeaderCondition>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the schema's")]
pub(crate) struct HeaderCondition {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) present: bool,
    #[serde(default)]
    pub(crate) notpresent: bool,
    #[serde(default)]
    pub(crate) contains: String,
    #[serde(default)]
    pub(crate) notcontains: String,
    #[serde(default)]
    pub(crate) exact: String,
    #[serde(default)]
    pub(crate) notexact: String,
    #[serde(default)]
    pub(crate) regex: String,
    #[serde(default)]
    pub(crate) ignore_case: bool,
    #[serde(default)]
    pub(crate) treat_missing_as_empty: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) port: i64,
    #[serde(default)]
    pub(crate) weight: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct TcpProxy {
    pub(crate) services: Vec<Service>,
    pub(crate) include: Option<TcpInclude>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct TcpInclude {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
}

const FQDN: &str = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
static FQDN_PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new(FQDN).expect("the pattern is a constant"));

impl Schema for HttpProxySpec {
    fn problems(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        if let Some(host) = &self.virtualhost
            && !FQDN_PATTERN.is_match(&host.fqdn)
        {
            let message = format!("Invalid value: \"{}\": should match '{FQDN}'", host.fqdn);
            problems.push(FieldProblem::new("spec.virtualhost.fqdn", message));
        }
        for (i, include) in self.includes.iter().enumerate() {
            let path = format!("spec.includes[{i}]");
            if include.name.is_empty() {
                problems.push(FieldProblem::empty(format!("{path}.name")));
            }
            check_conditions(&include.conditions, &path, &mut problems);
        }
        for (i, route) in self.routes.iter().enumerate() {
            let path = format!("spec.routes[{i}]");
            check_conditions(&route.conditions, &path, &mut problems);
            check_services(&route.services, &path, &mut problems);
        }
        if let Some(tcp) = &self.tcpproxy {
            check_services(&tcp.services, "spec.tcpproxy", &mut problems);
        }
        problems
    }
}

fn check_conditions(conditions: &[MatchCondition], path: &str, problems: &mut Vec<FieldProblem>) {
    for (i, condition) in conditions.iter().enumerate() {
        if condition.header.as_ref().is_some_and(|header| header.name.is_empty()) {
            problems.push(FieldProblem::empty(format!("{path}.conditions[{i}].header.name")));
        }
    }
}

fn check_services(services: &[Service], path: &str, problems: &mut Vec<FieldProblem>) {
    for (i, service) in services.iter().enumerate() {
        if !(1..=65535).contains(&service.port) {
            let message = format!("Invalid value: {}: should be between 1 and 65535", service.port);
            problems.push(FieldProblem::new(format!("{path}.services[{i}].port"), message));
        }
        if service.weight < 0 {
            let message = format!(
                "Invalid value: {}: should be greater than or equal to 0",
                service.weight
            );
            problems.push(FieldProblem::new(format!("{path}.services[{i}].weight"), message));
        }
    }
}
