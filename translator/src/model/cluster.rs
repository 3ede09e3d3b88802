//! Where requests can go.

use std::time::Duration;

use super::{SecretUse, Timeout, Trust};
use crate::{object::NamespacedName, resource::short_id, settings::DnsLookupFamily};

/// A target with everything that is particular about how it is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cluster {
    pub(crate) target: Target,
    pub(crate) protocol: Protocol,
    pub(crate) load_balancing: LoadBalancing,
    pub(crate) health_check: Option<HealthCheck>,
    pub(crate) validation: Option<UpstreamValidation>,
    /// Empty means none.
    pub(crate) sni: String,
    pub(crate) idle_timeout: Timeout,
    pub(crate) slow_start: Option<SlowStart>,
    pub(crate) circuit_breakers: CircuitBreakers,
    /// What Envoy shows of itself over TLS.
    pub(crate) client_certificate: Option<NamespacedName>,
    /// Whether Envoy itself follows redirects that come from there.
    pub(crate) follows_redirects: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// A port of a Service.
    Service {
        name: NamespacedName,
        port: u16,
        /// How EndpointSlices name the port; may be empty.
        port_name: String,
        /// How they name the port that is checked, where it is another one.
        health_port_name: Option<String>,
    },
    /// A Service that is a DNS name.
    ExternalName {
        name: NamespacedName,
        port: u16,
        host: String,
    },
    /// An ExtensionService.
    Extension {
        name: NamespacedName,
        ports: Vec<WeightedPort>,
    },
    /// A host of a URI.
    Dns {
        scheme: String,
        host: String,
        port: u16,
        family: DnsLookupFamily,
    },
}

/// A Service port with a share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WeightedPort {
    pub(crate) service: NamespacedName,
    pub(crate) port_name: String,
    /// Nothing beside others that have one.
    pub(crate) weight: Option<u32>,
}

/// How a target is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    /// HTTP/1.1 in the clear, or plain TCP.
    #[default]
    Plain,
    /// HTTP/1.1 over TLS, or plain TCP over TLS.
    Tls,
    /// HTTP/2 over TLS.
    H2,
    /// HTTP/2 in the clear.
    H2c,
}

impl Protocol {
    pub(crate) fn is_tls(self) -> bool {
        matches!(self, Self::Tls | Self::H2)
    }

    pub(crate) fn is_http2(self) -> bool {
        matches!(self, Self::H2 | Self::H2c)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LoadBalancing {
    #[default]
    RoundRobin,
    LeastRequest,
    Random,
    RingHash,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HealthCheck {
    pub(crate) kind: HealthCheckKind,
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) unhealthy_threshold: u32,
    pub(crate) healthy_threshold: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HealthCheckKind {
    Http {
        path: String,
        host: String,
        /// From, and up to but without; empty means 200.
        expected_statuses: Vec<(i64, i64)>,
    },
    /// Whether it can be connected to.
    Tcp,
}

/// Whom a target's certificate must belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UpstreamValidation {
    /// A Secret with `ca.crt`.
    pub(crate) authority: NamespacedName,
    pub(crate) subject_names: Vec<String>,
}

impl UpstreamValidation {
    pub(crate) fn trust(&self) -> Trust {
        Trust {
            authority: Some(self.authority.clone()),
            revocations: None,
            only_leaf: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SlowStart {
    pub(crate) window: Duration,
    /// A decimal number.
    pub(crate) aggression: String,
    pub(crate) min_weight_percent: u32,
}

/// Limits; nothing where Envoy's own default holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CircuitBreakers {
    pub(crate) max_connections: Option<u32>,
    pub(crate) max_pending_requests: Option<u32>,
    pub(crate) max_requests: Option<u32>,
    pub(crate) max_retries: Option<u32>,
    pub(crate) per_host_max_connections: Option<u32>,
}

/// Endpoints under one EDS name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    pub(crate) ports: Vec<WeightedPort>,
    pub(crate) health_port_name: Option<String>,
}

impl Cluster {
    /// A target that is called in the plainest way.
    pub(crate) fn plain(target: Target) -> Self {
        Self {
            target,
            protocol: Protocol::default(),
            load_balancing: LoadBalancing::default(),
            health_check: None,
            validation: None,
            sni: String::new(),
            idle_timeout: Timeout::default(),
            slow_start: None,
            circuit_breakers: CircuitBreakers::default(),
            client_certificate: None,
            follows_redirects: false,
        }
    }

    /// The target as people know it.
    pub(crate) fn service(&self) -> String {
        match &self.target {
            Target::Service { name, port, .. } | Target::ExternalName { name, port, .. } => format!("{name}/{port}"),
            Target::Extension { name, .. } => format!("extension/{name}"),
            Target::Dns { scheme, host, port, .. } => format!("dns/{scheme}/{host}/{port}"),
        }
    }

    /// The target written out in full, since a shortened name could be made to collide with another tenant's, and a
    /// digest of everything else that is particular.
    pub(crate) fn name(&self) -> String {
        if let Target::Extension { .. } = self.target {
            // There is only one of each name.
            return self.service();
        }
        let target = self.service();
        let mut plain = Self::plain(self.target.clone());
        if let Target::Service { health_port_name, .. } = &mut plain.target {
            *health_port_name = None;
        }
        if *self == plain {
            target
        } else {
            format!("{target}/{}", short_id(format!("{self:?}").as_bytes()))
        }
    }

    /// The name of its load assignment; nothing where DNS finds the endpoints.
    pub(crate) fn assignment(&self) -> Option<Assignment> {
        let (ports, health_port_name) = match &self.target {
            Target::Service {
                name,
                port_name,
                health_port_name,
                ..
            } => {
                let port = WeightedPort {
                    service: name.clone(),
                    port_name: port_name.clone(),
                    weight: Some(1),
                };
                (vec![port], health_port_name.clone())
            }
            Target::Extension { ports, .. } => (ports.clone(), None),
            Target::ExternalName { .. } | Target::Dns { .. } => return None,
        };
        Some(Assignment {
            name: self.endpoints_name(),
            ports,
            health_port_name,
        })
    }

    /// The EDS name: `namespace/service[/port]`, `extension/namespace/name`; empty where DNS finds the endpoints.
    pub(crate) fn endpoints_name(&self) -> String {
        match &self.target {
            Target::Service {
                name,
                port_name,
                health_port_name,
                ..
            } => {
                let mut text = name.to_string();
                if !port_name.is_empty() {
                    text += "/";
                    text += port_name;
                }
                if let Some(health) = health_port_name {
                    text += "?health=";
                    text += health;
                }
                text
            }
            Target::Extension { name, .. } => format!("extension/{name}"),
            Target::ExternalName { .. } | Target::Dns { .. } => String::new(),
        }
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretUse> {
        let own = self.client_certificate.clone().filter(|_| self.protocol.is_tls());
        let trust = self.validation.as_ref().map(UpstreamValidation::trust);
        let own = own.map(SecretUse::KeyPair);
        own.into_iter().chain(trust.map(SecretUse::Trust))
    }
}
