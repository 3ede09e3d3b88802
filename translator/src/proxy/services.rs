//! Services that a proxy lists: they are looked up in the proxy's own namespace.

use super::problem::Problem;
use crate::{
    api::httpproxy,
    inputs::Reader,
    model::{Cluster, Destination, HealthCheck, LoadBalancing, Protocol, Target, Timeout},
    object::NamespacedName,
    status::Part,
    upstream::{self, Found, PortRef, ValidationError},
};

/// How the targets of one route or TCP proxy are called.
#[derive(Debug, Clone, Default)]
pub(super) struct Call {
    pub(super) load_balancing: LoadBalancing,
    pub(super) health_check: Option<HealthCheck>,
    pub(super) idle_timeout: Timeout,
    pub(super) follows_redirects: bool,
}

/// The port behind one entry, and the one that is checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    found: Found<'a>,
    health: Found<'a>,
}

/// Finds the ports behind one entry, or says why they cannot be used.
pub(super) fn find<'a>(
    reader: &Reader<'a>,
    namespace: &str,
    service: &httpproxy::Service,
) -> Result<Entry<'a>, String> {
    let name = NamespacedName::new(namespace, service.name.clone());
    let found = upstream::find(reader, &name, PortRef::Number(service.port))?;
    let health = match service.health_port {
        Some(port) if port != service.port => upstream::find(reader, &name, PortRef::Number(port))?,
        _ => found,
    };
    Ok(Entry { found, health })
}

/// The cluster of one entry. `host` is what requests will have as their Host, if it is changed.
pub(super) fn cluster(
    reader: &Reader<'_>,
    namespace: &str,
    service: &httpproxy::Service,
    entry: Entry<'_>,
    call: &Call,
    host: Option<&str>,
) -> Result<Cluster, Problem> {
    let invalid = |problem| Problem::new(Part::Service, "CircuitBreakersInvalid", problem);
    let base = entry.found.cluster(reader).map_err(invalid)?;
    let protocol = protocol(service, base.protocol)?;
    let mut target = base.target;
    if let Target::Service { health_port_name, .. } = &mut target
        && call.health_check.is_some()
        && entry.health.number != entry.found.number
    {
        *health_port_name = Some(entry.health.port.name.clone());
    }
    let validation = service.validation.as_ref().filter(|_| protocol.is_tls());
    let validation = validation.map(|written| upstream::validation(reader, namespace, written));
    let validation = validation.transpose().map_err(|error| unvalidated(service, error))?;
    let client_certificate = upstream::client_certificate(reader)
        .map_err(|problem| Problem::new(Part::Tls, "SecretNotValid", problem))?
        .filter(|_| protocol.is_tls());
    Ok(Cluster {
        target,
        protocol,
        load_balancing: call.load_balancing,
        health_check: call.health_check.clone(),
        validation,
        sni: upstream::sni(protocol, host, &base.sni),
        idle_timeout: call.idle_timeout,
        slow_start: None,
        circuit_breakers: base.circuit_breakers,
        client_certificate,
        follows_redirects: call.follows_redirects,
    })
}

fn protocol(service: &httpproxy::Service, by_service: Protocol) -> Result<Protocol, Problem> {
    match service.protocol.as_deref() {
        None | Some("") => Ok(by_service),
        Some("tls") => Ok(Protocol::Tls),
        Some("h2") => Ok(Protocol::H2),
        Some("h2c") => Ok(Protocol::H2c),
        Some(other) => {
            let message = format!("unsupported protocol: {other}");
            Err(Problem::new(Part::Service, "UnsupportedProtocol", message))
        }
    }
}

fn unvalidated(service: &httpproxy::Service, error: ValidationError) -> Problem {
    match error {
        ValidationError::NotDelegated(secret) => Problem::new(
            Part::Tls,
            "CACertificateNotDelegated",
            format!(
                "service.UpstreamValidation.CACertificate Secret \"{secret}\" is not configured for certificate delegation"
            ),
        ),
        ValidationError::Invalid(problem) => Problem::new(
            Part::Service,
            "TLSUpstreamValidation",
            format!(
                "Service [{}:{}] TLS upstream validation policy error: {problem}",
                service.name, service.port
            ),
        ),
    }
}

/// Gives every destination its share of `weights`; the same one where nobody has a weight. Weights whose sum Envoy
/// cannot count are scaled, but nobody loses all of his.
pub(super) fn share(weighted: Vec<(Destination, u64)>) -> Vec<Destination> {
    let total: u128 = weighted.iter().map(|(_, weight)| u128::from(*weight)).sum();
    let most = u128::from(u32::MAX).saturating_sub(weighted.len() as u128).max(1);
    let scale = total / most + 1;
    let share = |(mut destination, weight): (Destination, u64)| {
        destination.weight = match (total, weight) {
            (0, _) => 1,
            (_, 0) => 0,
            _ => u32::try_from((u128::from(weight) / scale).max(1)).unwrap_or(u32::MAX),
        };
        destination
    };
    let mut destinations: Vec<_> = weighted.into_iter().map(share).collect();
    destinations.sort_unstable();
    destinations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(weights: &[u64]) -> Vec<u32> {
        let target = |port| Target::ExternalName {
            name: NamespacedName::new("a", "b"),
            port,
            host: "c".to_owned(),
        };
        let weighted = weights.iter().zip(1..).map(|(weight, port)| {
            let destination = Destination::plain(Cluster::plain(target(port)), 0);
            (destination, *weight)
        });
        share(weighted.collect()).iter().map(|it| it.weight).collect()
    }

    #[test]
    fn shares_are_the_weights_or_equal() {
        assert_eq!(shares(&[0, 0]), [1, 1]);
        assert_eq!(shares(&[3, 0, 1]), [3, 0, 1]);
        let large = shares(&[u64::MAX, 1, u64::MAX]);
        let sum: u64 = large.iter().map(|weight| u64::from(*weight)).sum();
        assert!(
            u32::try_from(sum).is_ok() && large[1] == 1 && large[0] == large[2],
            "{large:?}"
        );
    }
}
