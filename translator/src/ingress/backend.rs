//! Where a rule forwards to.

use k8s_openapi::api::networking::v1::IngressBackend;

use super::Visit;
use crate::{
    model::{Cluster, Destination},
    object::NamespacedName,
    proxy::{self, OperatorsHeaders},
    status::Part,
    upstream::{self, Found, PortRef},
};

impl Visit<'_> {
    /// The port of a Service in the namespace of the Ingress, called as that Service asks for.
    pub(super) fn destination(&mut self, place: &str, backend: &IngressBackend) -> Result<Destination, String> {
        let Some(service) = &backend.service else {
            return Err("only a service can be a backend".to_owned());
        };
        let port = service.port.as_ref().and_then(|port| match (port.number, &port.name) {
            (Some(number), _) => Some(PortRef::Number(number.into())),
            (None, Some(name)) => Some(PortRef::Name(name)),
            (None, None) => None,
        });
        let port = port.ok_or_else(|| format!("no port of service \"{}\" is given", service.name))?;
        let name = NamespacedName::new(self.ingress.name.namespace.clone(), service.name.clone());
        let found = upstream::find(self.reader, &name, port)?;
        for ignored in found.ignored_annotations() {
            let message = format!("{place}: {ignored}");
            self.findings.warning(Part::Service, "IgnoredAnnotation", message);
        }
        let headers = self.headers(&found)?;
        let cluster = found.cluster(self.reader)?;
        let certificate = self.demands.client_certificate.as_ref().ok().cloned().flatten();
        Ok(Destination {
            cluster: Cluster {
                sni: upstream::sni(cluster.protocol, headers.host.as_deref(), &cluster.sni),
                client_certificate: certificate.filter(|_| cluster.protocol.is_tls()),
                ..cluster
            },
            weight: 1,
            request_headers: headers.request,
            response_headers: headers.response,
            host_rewrite: headers.host,
            cookies: Vec::new(),
        })
    }

    fn headers(&self, found: &Found<'_>) -> Result<OperatorsHeaders, String> {
        let policy = &self.reader.settings().header_policy;
        if !policy.apply_to_ingress {
            return Ok(OperatorsHeaders::default());
        }
        let NamespacedName { namespace, name } = &found.service.name;
        proxy::operators_headers(policy, namespace, (name, found.number.into()))
    }
}
