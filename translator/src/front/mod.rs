//! What stands in front of Envoy, told by the Service through which clients reach it. A pure function of that Service and
//! of what the operator wrote, which always counts more.

mod aws;
mod exposure;
mod notes;
mod ports;
mod sources;
#[cfg(test)]
mod tests;
mod warnings;
mod written;

use isoline_policy::{ExternalPorts, Listener, LoadBalancer, Mode, ProxyProtocol, Trusted};

pub(crate) use exposure::Exposure;
pub use notes::{Reading, Warning};
pub use sources::Entrance;
pub(crate) use written::Written;

use self::{aws::Balancer, notes::Notes, ports::ServicePort};
use crate::{object::NamespacedName, settings::Settings};

/// What stands in front, and how that is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Front {
    /// The Service that was looked for; nothing unless the mode is `Auto`.
    pub service: Option<NamespacedName>,
    /// The settings in force; their mode is never `Auto`.
    pub load_balancer: LoadBalancer,
    /// Whether a port of the Service leads to the listener for TLS that was ended on the way.
    pub feeds_tls_offload: bool,
    /// What the Service says, and what it led to.
    pub readings: Vec<Reading>,
    /// What contradicts itself or the operator, each with the ways out.
    pub warnings: Vec<Warning>,
    unknowable_scheme: Option<Warning>,
    ends_tls_before_http: bool,
    hides_clients: bool,
}

impl Front {
    /// What stands in front under these settings, where the Service of Envoy is exposed so.
    pub(crate) fn of(settings: &Settings, exposure: Option<&Exposure>) -> Self {
        if settings.load_balancer.mode != Mode::Auto {
            return Self::as_written(settings);
        }
        let mut notes = Notes::default();
        let mut front = match exposure {
            Some(exposure) if exposure.is_load_balancer() => Self::of_load_balancer(settings, exposure, &mut notes),
            other => Self::without_load_balancer(settings, other, &mut notes),
        };
        front.service = Some(settings.process.envoy_service.clone());
        front.readings = notes.readings;
        front.warnings = notes.warnings;
        front
    }

    /// Whether connections whose TLS was ended on the way come to the listener `http`.
    pub(crate) fn ends_tls_before_http(&self) -> bool {
        self.ends_tls_before_http
    }

    /// Why nobody can know whether a client used TLS, if that is so.
    pub fn unknowable_scheme(&self) -> Option<&Warning> {
        self.unknowable_scheme.as_ref()
    }

    fn as_written(settings: &Settings) -> Self {
        let mut notes = Notes::default();
        let load_balancer = settings.load_balancer.clone();
        warnings::of_trust(&load_balancer, &mut notes);
        Self {
            load_balancer,
            warnings: notes.warnings,
            ..Self::default()
        }
    }

    fn without_load_balancer(settings: &Settings, exposure: Option<&Exposure>, notes: &mut Notes) -> Self {
        match exposure {
            Some(exposure) => {
                notes.read("spec.type", &exposure.kind, "no load balancer is in front");
                warnings::of_idle_annotations(exposure, notes);
            }
            None => warnings::of_absent_service(settings, notes),
        }
        Self {
            load_balancer: settings.written_front.over(LoadBalancer::default()),
            ..Self::default()
        }
    }

    fn of_load_balancer(settings: &Settings, exposure: &Exposure, notes: &mut Notes) -> Self {
        let balancer = Balancer::read(exposure, notes);
        let ports = ports::read(exposure, &balancer, &settings.listeners, notes);
        let announces = balancer.announces(&ports, notes);
        let found = found(&ports, announces);
        let load_balancer = settings.written_front.over(found.clone());
        let mut front = Self {
            feeds_tls_offload: ports.iter().any(ServicePort::feeds_tls_offload),
            ends_tls_before_http: ports
                .iter()
                .any(|port: &ServicePort| port.listener == Some(Listener::Http) && port.layer.ends_tls()),
            hides_clients: balancer.hides_clients(exposure),
            load_balancer,
            ..Self::default()
        };
        let look = warnings::Look {
            settings,
            exposure,
            balancer: &balancer,
            ports: &ports,
            announces,
            found: &found,
            effective: &front.load_balancer,
        };
        look.check(front.hides_clients, notes);
        front.unknowable_scheme = look.unknowable_scheme();
        notes.warnings.extend(front.unknowable_scheme.clone());
        front
    }
}

/// What the Service alone comes to.
fn found(ports: &[ServicePort], announces: bool) -> LoadBalancer {
    let mode = mode(ports);
    let tls_ports: Vec<_> = ports
        .iter()
        .filter(|port| port.layer.ends_tls())
        .map(|port| port.port)
        .collect();
    LoadBalancer {
        mode,
        proxy_protocol: if announces {
            ProxyProtocol::Required
        } else {
            ProxyProtocol::Off
        },
        tls_ports,
        trusted: Trusted {
            hops: u32::from(writes_every_header(ports)),
            cidrs: Vec::new(),
        },
        external_ports: external_ports(ports),
    }
}

fn mode(ports: &[ServicePort]) -> Mode {
    if ports.iter().any(|port| port.layer.speaks_http()) {
        Mode::L7
    } else if ports.iter().any(|port| port.layer.ends_tls()) {
        Mode::L4Tls
    } else {
        Mode::L4
    }
}

/// Only the load balancer reaches the ports of the nodes, so what it writes can be believed; but not where it passes one
/// of its ports through, because there the client writes.
fn writes_every_header(ports: &[ServicePort]) -> bool {
    !ports.is_empty() && ports.iter().all(|port| port.layer.speaks_http())
}

fn external_ports(ports: &[ServicePort]) -> ExternalPorts {
    let default = ExternalPorts::default();
    let dialled = |preferred: u16, counts: &dyn Fn(&ServicePort) -> bool| {
        let mut numbers = ports.iter().filter(|port| counts(port)).map(|port| port.port);
        let first = numbers.clone().next();
        numbers
            .find(|number| *number == preferred)
            .or(first)
            .unwrap_or(preferred)
    };
    ExternalPorts {
        http: dialled(default.http, &ServicePort::is_cleartext),
        https: dialled(default.https, &ServicePort::is_secure),
    }
}
