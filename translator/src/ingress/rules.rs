//! The rules of an Ingress for one host, and its default backend.

use k8s_openapi::api::networking::v1::{HTTPIngressPath, IngressBackend};

use super::{Visit, paths::path_match};
use crate::{
    model::{Action, Cluster, Destination, Forward, PathMatch, RateLimits, Route, RouteMatch},
    object::{Kind, NamespacedName},
    status::Part,
    upstream::{self, PortRef},
};

impl Visit<'_> {
    /// Later rules count more; the default backend less than any.
    pub(super) fn routes(&mut self, client_certificate: Option<&NamespacedName>) -> Vec<Route> {
        let mut routes = Vec::new();
        let ingress = self.ingress;
        for (index, rule) in ingress.spec.rules.iter().flatten().enumerate() {
            let host = rule.host.as_deref().unwrap_or_default();
            let host = if host.is_empty() { "*" } else { host };
            if !host.eq_ignore_ascii_case(self.fqdn) {
                continue;
            }
            let place = format!("spec.rules[{index}]");
            if !is_host(self.fqdn) {
                let message = format!("{place}: \"{host}\" is no host");
                self.findings.error(Part::VirtualHost, "HostNotValid", message);
                continue;
            }
            let paths = rule.http.iter().flat_map(|http| &http.paths);
            for (index, path) in paths.enumerate() {
                let place = format!("{place}.http.paths[{index}]");
                routes.extend(self.rule(&place, path, client_certificate));
            }
        }
        routes.reverse();
        if let ("*", Some(backend)) = (self.fqdn, &ingress.spec.default_backend) {
            let everything = RouteMatch::everything().path;
            routes.extend(self.route("spec.defaultBackend", everything, "/", backend, client_certificate));
        }
        routes
    }

    fn rule(
        &mut self,
        place: &str,
        path: &HTTPIngressPath,
        client_certificate: Option<&NamespacedName>,
    ) -> Option<Route> {
        let written = path.path.as_deref().filter(|path| !path.is_empty()).unwrap_or("/");
        match path_match(&path.path_type, written) {
            Ok(matches) => self.route(place, matches, written, &path.backend, client_certificate),
            Err(problem) => {
                let message = format!("{place}: {problem}");
                self.findings.error(Part::Route, "PathMatchConditionsNotValid", message);
                None
            }
        }
    }

    fn route(
        &mut self,
        place: &str,
        path: PathMatch,
        written: &str,
        backend: &IngressBackend,
        client_certificate: Option<&NamespacedName>,
    ) -> Option<Route> {
        let cluster = match self.cluster(place, backend) {
            Ok(cluster) => Cluster {
                client_certificate: client_certificate.cloned(),
                ..cluster
            },
            Err(problem) => {
                let message = format!("{place}: {problem}");
                self.findings
                    .error(Part::Service, "ServiceUnresolvedReference", message);
                return None;
            }
        };
        let forward = Forward {
            destinations: vec![Destination::plain(cluster, 1)],
            timeout: self.annotations.timeout,
            retry: self.annotations.retry.clone(),
            websocket: self.annotations.websockets.contains(written),
            ..Forward::default()
        };
        Some(Route {
            matches: RouteMatch::new(path, Vec::new(), Vec::new()),
            action: Action::Forward(Box::new(forward)),
            cleartext: self.annotations.cleartext,
            over_tls: false,
            authorization: None,
            jwt: None,
            ip_filter: None,
            local_rate_limit: None,
            rate_limits: RateLimits::default(),
            origin: Kind::Ingress.object(&self.ingress.name),
        })
    }

    fn cluster(&mut self, place: &str, backend: &IngressBackend) -> Result<Cluster, String> {
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
        found.cluster(self.reader)
    }
}

/// `*`, a DNS name, or one under a wildcard: what else could be written here would be part of Envoy's keys.
fn is_host(fqdn: &str) -> bool {
    let is_label = |label: &str| {
        let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let name = fqdn.strip_prefix("*.").unwrap_or(fqdn);
    fqdn == "*" || (fqdn.len() <= 253 && name.split('.').all(is_label))
}
