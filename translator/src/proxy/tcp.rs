//! The `tcpproxy` of a root, or of the last proxy of a chain of includes.

use super::{Visits, cycle, services, target};
use crate::{
    model::Destination,
    object::{HttpProxy, NamespacedName},
    status::{Findings, Part},
};

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
        match (&tcp.include, tcp.services.as_slice()) {
            (Some(_), [_, ..]) => {
                let message = "cannot specify services and include in the same httpproxy";
                findings.error(Part::TcpProxy, "NoServicesAndInclude", message);
                Err(Abandoned)
            }
            (None, []) => {
                findings.error(
                    Part::TcpProxy,
                    "NothingDefined",
                    "either services or inclusion must be specified",
                );
                Err(Abandoned)
            }
            (None, _) => self.tcp_services(proxy, findings).map(Some),
            (Some(include), []) => {
                let name = target(proxy, &include.namespace, &include.name);
                visited.push(&proxy.name);
                self.tcp_include(&name, visited, findings)
            }
        }
    }

    /// One Service that cannot be used stops the whole TCP proxy; one without weight gets nothing beside others.
    fn tcp_services(&self, proxy: &HttpProxy, findings: &mut Findings) -> Result<Vec<Destination>, Abandoned> {
        let services = proxy.spec.tcpproxy.iter().flat_map(|tcp| &tcp.services);
        let resolved = services.map(|service| services::resolve(self.reader, &proxy.name.namespace, service));
        let destinations = resolved.collect::<Result<Vec<_>, _>>().map_err(|problem| {
            let message = format!("Spec.TCPProxy unresolved service reference: {problem}");
            findings.error(Part::TcpProxy, "ServiceUnresolvedReference", message);
            Abandoned
        })?;
        let mut destinations = services::share(destinations);
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
        let Some(included) = self.reader.proxy(name) else {
            findings.error(
                Part::TcpProxyInclude,
                "IncludeNotFound",
                format!("include {name} not found"),
            );
            return Err(Abandoned);
        };
        if included.spec.virtualhost.is_some() {
            let message = format!("root httpproxy cannot include another root httpproxy ({name})");
            findings.error(Part::TcpProxyInclude, "RootIncludesRoot", message);
            return Err(Abandoned);
        }
        if visited.contains(&name) {
            let message = format!("include creates a cycle: {}", cycle(visited, name));
            findings.error(Part::TcpProxyInclude, "IncludeCreatesCycle", message);
            return Err(Abandoned);
        }
        let mut included_findings = Findings::default();
        let result = self.tcp_proxy(included, visited, &mut included_findings);
        self.commit(name, included_findings);
        result
    }
}
