//! The rules of an Ingress for one host, and its default backend.

use k8s_openapi::api::networking::v1::{HTTPIngressPath, IngressBackend};

use super::{Visit, paths::path_match};
use crate::{
    model::{Action, ClientPolicy, Destination, Forward, RateLimits, Route, RouteMatch},
    object::Kind,
    status::Part,
};

impl Visit<'_> {
    /// Later rules count more; the default backend less than any.
    pub(super) fn routes(&mut self) -> Vec<Route> {
        let mut routes = Vec::new();
        let ingress = self.ingress;
        for (index, rule) in ingress.spec.rules.iter().flatten().enumerate() {
            let host = rule.host.as_deref().unwrap_or_default();
            let host = if host.is_empty() { "*" } else { host };
            if !host.eq_ignore_ascii_case(self.fqdn) {
                continue;
            }
            let place = format!("spec.rules[{index}]");
            self.findings.look_at(format!("{place}.host"));
            if !is_host(self.fqdn) {
                let message = format!("{place}: {host:?} is no host");
                self.findings.error(Part::VirtualHost, "HostNotValid", message);
                continue;
            }
            let paths = rule.http.iter().flat_map(|http| &http.paths);
            for (index, path) in paths.enumerate() {
                let place = format!("{place}.http.paths[{index}]");
                self.findings.look_at(&place);
                routes.extend(self.rule(&place, path));
            }
        }
        routes.reverse();
        if let ("*", Some(backend)) = (self.fqdn, &ingress.spec.default_backend) {
            self.findings.look_at("spec.defaultBackend");
            let destination = self.found("spec.defaultBackend", backend);
            routes.extend(destination.map(|it| self.route(RouteMatch::everything(), "/", it)));
        }
        self.findings.look_at("");
        routes
    }

    fn rule(&mut self, place: &str, path: &HTTPIngressPath) -> Option<Route> {
        let written = path.path.as_deref().filter(|path| !path.is_empty()).unwrap_or("/");
        match path_match(&path.path_type, written) {
            Ok(matches) => {
                let destination = self.found(place, &path.backend)?;
                let matches = RouteMatch::new(matches, Vec::new(), Vec::new());
                Some(self.route(matches, written, destination))
            }
            Err(problem) => {
                let message = format!("{place}: {problem}");
                self.findings.error(Part::Route, "PathMatchConditionsNotValid", message);
                None
            }
        }
    }

    fn found(&mut self, place: &str, backend: &IngressBackend) -> Option<Destination> {
        let destination = self.destination(place, backend);
        let destination = destination.map_err(|problem| {
            let message = format!("{place}: {problem}");
            self.findings
                .error(Part::Service, "ServiceUnresolvedReference", message);
        });
        destination.ok()
    }

    /// Where nobody can be asked who should be, nothing is served.
    fn route(&self, matches: RouteMatch, written: &str, destination: Destination) -> Route {
        let forward = Forward {
            destinations: vec![destination],
            timeout: self.annotations.timeout,
            retry: self.annotations.retry.clone(),
            websocket: self.annotations.websockets.contains(written),
            ..Forward::default()
        };
        let (action, authorization) = match &self.demands.authorization {
            Ok(authorization) => (Action::Forward(Box::new(forward)), authorization.clone()),
            Err(_) => (Action::respond(503), None),
        };
        Route {
            matches,
            action,
            cleartext: self.annotations.cleartext,
            over_tls: false,
            authorization,
            jwt: None,
            clients: ClientPolicy::default(),
            policy: None,
            governors: self.governors.clone(),
            ip_filter: None,
            local_rate_limit: None,
            rate_limits: RateLimits::default(),
            origin: Kind::Ingress.object(&self.ingress.name),
            field: self.findings.focus().to_owned(),
        }
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

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn hosts_are_dns_names() {
        for host in ["a", "a-b.test", "*.a.test", "*", "1.a"] {
            assert!(is_host(host), "{host}");
        }
        for host in [
            "", "*.", "a..b", "-a.test", "a-.test", "a|b", "a.*.test", "**", "a:80", "A.test", "a_b.test",
        ] {
            assert!(!is_host(host), "{host}");
        }
    }
}
