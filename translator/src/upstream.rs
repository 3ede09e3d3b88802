//! How objects of every kind find what they forward to: a port of a Service, and whom its certificate must belong to.

use std::net::IpAddr;

use crate::{
    api,
    certificate::SecretError,
    inputs::Reader,
    model::{CircuitBreakers, Cluster, Protocol, Target, UpstreamValidation},
    object::{NamespacedName, Service, ServicePort},
};

/// A port as its user calls it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PortRef<'a> {
    Number(i64),
    Name(&'a str),
}

/// A port of a Service that may be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) service: &'a Service,
    pub(crate) port: &'a ServicePort,
    pub(crate) number: u16,
}

/// Finds a port of a Service, or says in the reference's words why it cannot be used.
pub(crate) fn find<'a>(reader: &Reader<'a>, name: &NamespacedName, port: PortRef<'_>) -> Result<Found<'a>, String> {
    let service = reader
        .service(name)
        .ok_or_else(|| format!("service \"{name}\" not found"))?;
    let (text, found) = match port {
        PortRef::Number(number) => (
            number.to_string(),
            service.ports.iter().find(|port| i64::from(port.port) == number),
        ),
        PortRef::Name(text) => (text.to_owned(), service.ports.iter().find(|port| port.name == text)),
    };
    let unmatched = || format!("port \"{text}\" on service \"{name}\" not matched");
    let port = found.ok_or_else(unmatched)?;
    if port.protocol != "TCP" {
        return Err(format!("unsupported service protocol \"{}\"", port.protocol));
    }
    if let Some(host) = &service.external_name {
        check_external_name(reader, name, host)?;
    }
    let number = u16::try_from(port.port).map_err(|_| unmatched())?;
    Ok(Found { service, port, number })
}

/// The annotations of a Service that limit what it is sent.
const LIMITS: [&str; 5] = [
    "projectcontour.io/max-connections",
    "projectcontour.io/max-pending-requests",
    "projectcontour.io/max-requests",
    "projectcontour.io/max-retries",
    "projectcontour.io/per-host-max-connections",
];

impl Found<'_> {
    /// The cluster of the port, called as the Service itself asks for.
    pub(crate) fn cluster(&self, reader: &Reader<'_>) -> Result<Cluster, String> {
        let name = self.service.name.clone();
        let port = self.number;
        let target = match &self.service.external_name {
            Some(host) => Target::ExternalName {
                name,
                port,
                host: host.clone(),
            },
            None => Target::Service {
                name,
                port,
                port_name: self.port.name.clone(),
                health_port_name: None,
            },
        };
        Ok(Cluster {
            protocol: self.protocol(),
            sni: self.service.external_name.clone().unwrap_or_default(),
            circuit_breakers: self.limits(circuit_breakers(&reader.settings().cluster.circuit_breakers)?),
            ..Cluster::plain(target)
        })
    }

    /// By the port's `appProtocol`, which hides the annotations of the Service.
    fn protocol(&self) -> Protocol {
        match self.port.app_protocol.as_deref() {
            Some("kubernetes.io/h2c") => Protocol::H2c,
            Some("https") => Protocol::Tls,
            Some(_) => Protocol::Plain,
            None => self.annotated_protocol(),
        }
    }

    /// The port's name counts before its number; of several protocols that list it, the one that the reference reads last.
    fn annotated_protocol(&self) -> Protocol {
        let lists = |protocol: &str, port: &str| {
            let key = format!("projectcontour.io/upstream-protocol.{protocol}");
            let listed = self.service.annotations.get(&key);
            !port.is_empty() && listed.is_some_and(|list| list.split(',').any(|item| item.trim() == port))
        };
        let protocols = [("tls", Protocol::Tls), ("h2c", Protocol::H2c), ("h2", Protocol::H2)];
        let listing = |port: &str| protocols.into_iter().find(|(protocol, _)| lists(protocol, port));
        listing(&self.port.name)
            .or_else(|| listing(&self.number.to_string()))
            .map_or(Protocol::Plain, |(_, protocol)| protocol)
    }

    /// The Service's own limits, each where it has one, else the operator's.
    fn limits(&self, global: CircuitBreakers) -> CircuitBreakers {
        let own = LIMITS.map(|key| self.limit(key).and_then(Result::ok).filter(|limit| *limit > 0));
        let [connections, pending_requests, requests, retries, per_host_connections] = own;
        CircuitBreakers {
            max_connections: connections.or(global.max_connections),
            max_pending_requests: pending_requests.or(global.max_pending_requests),
            max_requests: requests.or(global.max_requests),
            max_retries: retries.or(global.max_retries),
            per_host_max_connections: per_host_connections.or(global.per_host_max_connections),
        }
    }

    fn limit(&self, key: &str) -> Option<Result<u32, String>> {
        let Found { service, .. } = self;
        let text = service.annotations.get(key)?;
        let ignored = |_| {
            let name = &service.name;
            format!("ignoring annotation \"{key}\" of service \"{name}\": {text:?} is not a number")
        };
        Some(text.parse().map_err(ignored))
    }

    /// The annotations of the Service that have no effect because they are no numbers.
    pub(crate) fn ignored_annotations(&self) -> impl Iterator<Item = String> {
        LIMITS.into_iter().filter_map(|key| self.limit(key)?.err())
    }
}

/// What a target is asked for by name over TLS: the Host that requests will have, if it is changed, else its own name.
pub(crate) fn sni(protocol: Protocol, host: Option<&str>, own: &str) -> String {
    if protocol.is_tls() {
        host.map_or(own, without_port).to_owned()
    } else {
        String::new()
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// A name that leads back into Envoy's own pod would open its admin interface to everybody.
fn check_external_name(reader: &Reader<'_>, name: &NamespacedName, host: &str) -> Result<(), String> {
    if !reader.settings().enable_external_name_service {
        return Err(format!(
            "{name} is an ExternalName service, these are not currently enabled. See the config.enableExternalNameService config file setting"
        ));
    }
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if matches!(
        host.as_str(),
        "localhost" | "localhost.localdomain" | "local.projectcontour.io"
    ) {
        return Err(format!(
            "{name} is an ExternalName service that points to localhost, this is not allowed"
        ));
    }
    if host.parse().is_ok_and(leads_back) {
        return Err(format!(
            "{name} is an ExternalName service that points to a loopback, link-local or unspecified IP address, this is not allowed"
        ));
    }
    Ok(())
}

fn leads_back(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified(),
    }
}

/// A Secret as it is referred to: `name`, or `namespace/name`.
pub(crate) fn secret_name(namespace: &str, written: &str) -> NamespacedName {
    let (namespace, name) = written.split_once('/').unwrap_or((namespace, written));
    NamespacedName::new(namespace, name)
}

/// What a look-up of a Secret says of it.
pub(crate) type Verdict<'a> = Option<Result<(), &'a SecretError>>;

/// A Secret's verdict in words.
pub(crate) fn usable(verdict: Verdict<'_>) -> Result<(), String> {
    match verdict {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("Secret not found".to_owned()),
    }
}

/// What Envoy shows of itself to upstreams over TLS, or what is wrong with it: then nothing that the operator asked for
/// is safe to call.
pub(crate) fn client_certificate(reader: &Reader<'_>) -> Result<Option<NamespacedName>, String> {
    let Some(secret) = &reader.settings().tls.client_certificate else {
        return Ok(None);
    };
    match usable(reader.certificate(secret)) {
        Ok(()) => Ok(Some(secret.clone())),
        Err(error) => Err(format!(
            "tls.envoy-client-certificate Secret \"{secret}\" is invalid: {error}"
        )),
    }
}

/// Why a target's certificate cannot be validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValidationError {
    /// The Secret is another namespace's, and is not delegated.
    NotDelegated(NamespacedName),
    Invalid(String),
}

/// Whom a target's certificate must belong to.
pub(crate) fn validation(
    reader: &Reader<'_>,
    namespace: &str,
    written: &api::shared::UpstreamValidation,
) -> Result<UpstreamValidation, ValidationError> {
    let authority = secret_name(namespace, &written.ca_secret);
    if !reader.may_use(&authority, namespace) {
        return Err(ValidationError::NotDelegated(authority));
    }
    let invalid = |problem| ValidationError::Invalid(problem);
    usable(reader.authority(&authority))
        .map_err(|error| invalid(format!("invalid CA Secret \"{authority}\": {error}")))?;
    let name = &written.subject_name;
    let subject_names = match written.subject_names.first() {
        None if name.is_empty() => return Err(invalid("missing subject alternative name".to_owned())),
        None => vec![name.clone()],
        Some(first) if first != name => {
            return Err(invalid(format!(
                "first entry of SubjectNames ({first}) does not match SubjectName ({name})"
            )));
        }
        Some(_) => written.subject_names.clone(),
    };
    Ok(UpstreamValidation {
        authority,
        subject_names,
    })
}

/// Limits as an object or the settings have them; zero is Envoy's own. The schema admits numbers that Envoy does not.
pub(crate) fn circuit_breakers(written: &api::shared::CircuitBreakers) -> Result<CircuitBreakers, String> {
    let limit = |field: &str, number: i64| match u32::try_from(number) {
        Ok(0) => Ok(None),
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(format!(
            "{field} must be in the range 0-{}, {number} was supplied",
            u32::MAX
        )),
    };
    Ok(CircuitBreakers {
        max_connections: limit("maxConnections", written.max_connections)?,
        max_pending_requests: limit("maxPendingRequests", written.max_pending_requests)?,
        max_requests: limit("maxRequests", written.max_requests)?,
        max_retries: limit("maxRetries", written.max_retries)?,
        per_host_max_connections: limit("perHostMaxConnections", written.per_host_max_connections)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_no_part_of_a_server_name() {
        assert_eq!(without_port("a.test:8443"), "a.test");
        assert_eq!(without_port("a.test"), "a.test");
        assert_eq!(without_port("[::1]"), "[::1]");
    }
}
