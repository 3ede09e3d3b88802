//! The `tcpproxy` of a root, or of the last proxy of a chain of includes.

use super::{Visits, cycle, health_check, load_balancer, problem::Problem, services, target};
use crate::{
    api::httpproxy::TcpProxy,
    model::Destination,
    object::{HttpProxy, NamespacedName},
    status::{Findings, Part},
};

/// As long as a chain of includes may be.
const LONGEST_CHAIN: usize = 100;

/// The finding is recorded; the root serves nothing.
pub(super) struct Abandoned;

impl Visits<'_> {
    /// Where TCP connections go; nowhere if no proxy of the chain says so.
    pub(super) fn tcp_proxy<'p>(
        &mut self,
        proxy: &'p HttpProxy,
        visited: &mut Vec<&'p NamespacedName>,
        findings: &mut Findings,
    ) -> Result<Option<Vec<Destination>>, Abandoned>
    where
        Self: 'p,
    {
        let Some(tcp) = &proxy.spec.tcpproxy else {
            return Ok(None);
        };
        let mut abandon = |problem: Problem| {
            problem.record(findings);
            Err(Abandoned)
        };
        match (tcp.include.as_ref().or(tcp.includes.as_ref()), tcp.services.as_slice()) {
            (Some(_), [_, ..]) => {
                let message = "cannot specify services and include in the same httpproxy";
                abandon(Problem::new(Part::TcpProxy, "NoServicesAndInclude", message))
            }
            (None, []) => {
                let message = "either services or inclusion must be specified";
                abandon(Problem::new(Part::TcpProxy, "NothingDefined", message))
            }
            (None, _) => match self.tcp_services(proxy, tcp, findings) {
                Ok(destinations) => Ok(Some(destinations)),
                Err(problem) => {
                    problem.record(findings);
                    Err(Abandoned)
                }
            },
            (Some(include), []) => {
                let name = target(proxy, &include.namespace, &include.name);
                visited.push(&proxy.name);
                self.tcp_include(&name, visited, findings)
            }
        }
    }

    /// One Service that cannot be used stops the whole TCP proxy; one without weight gets nothing beside others.
    fn tcp_services(
        &self,
        proxy: &HttpProxy,
        tcp: &TcpProxy,
        findings: &mut Findings,
    ) -> Result<Vec<Destination>, Problem> {
        let namespace = &proxy.name.namespace;
        let health_check = tcp.health_check_policy.map(health_check::tcp).transpose();
        let call = services::Call {
            load_balancing: load_balancer::of_tcp(tcp.load_balancer_policy.as_ref(), findings),
            health_check: health_check
                .map_err(|problem| Problem::new(Part::TcpProxy, "HealthCheckPolicyInvalid", problem))?,
            ..services::Call::default()
        };
        let mut weighted = Vec::new();
        for service in &tcp.services {
            let entry = services::find(self.reader, namespace, service).map_err(|problem| {
                let message = format!("Spec.TCPProxy unresolved service reference: {problem}");
                Problem::new(Part::TcpProxy, "ServiceUnresolvedReference", message)
            })?;
            let cluster = services::cluster(self.reader, namespace, service, entry, &call, None)?;
            let weight = u64::try_from(service.weight).unwrap_or_default();
            weighted.push((Destination::plain(cluster, 0), weight));
        }
        let mut destinations = services::share(weighted);
        destinations.retain(|destination| destination.weight > 0);
        Ok(destinations)
    }

    fn tcp_include<'p>(
        &mut self,
        name: &NamespacedName,
        visited: &mut Vec<&'p NamespacedName>,
        findings: &mut Findings,
    ) -> Result<Option<Vec<Destination>>, Abandoned>
    where
        Self: 'p,
    {
        let mut abandon = |reason, message: String| {
            findings.error(Part::TcpProxyInclude, reason, message);
            Err(Abandoned)
        };
        let Some(included) = self.reader.proxy(name) else {
            return abandon("IncludeNotFound", format!("include {name} not found"));
        };
        if included.spec.virtualhost.is_some() {
            let message = format!("root httpproxy cannot include another root httpproxy ({name})");
            return abandon("RootIncludesRoot", message);
        }
        if visited.contains(&name) {
            let message = format!("include creates a cycle: {}", cycle(visited, name));
            return abandon("IncludeCreatesCycle", message);
        }
        if visited.len() >= LONGEST_CHAIN {
            let message = format!("include {name}: a chain of includes may not be longer than {LONGEST_CHAIN}");
            return abandon("IncludeLimitExceeded", message);
        }
        let mut included_findings = Findings::default();
        let result = self.tcp_proxy(included, visited, &mut included_findings);
        self.commit(name, included_findings);
        result
    }
}
