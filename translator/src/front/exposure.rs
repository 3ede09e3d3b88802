//! How a Service is reached from outside its cluster, reduced to what says which load balancer does it.

use std::collections::BTreeMap;

use k8s_openapi::{api::core::v1 as core, apimachinery::pkg::util::intstr::IntOrString};

use super::aws;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Exposure {
    /// `spec.type`.
    pub(crate) kind: String,
    /// `spec.loadBalancerClass`.
    pub(crate) class: Option<String>,
    /// `spec.externalTrafficPolicy`; `Cluster` if it is not written.
    pub(crate) traffic_policy: String,
    /// Those of AWS that are read, without their common prefix.
    pub(crate) annotations: BTreeMap<String, String>,
    /// TCP only.
    pub(crate) ports: Vec<ExposedPort>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExposedPort {
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) target: Target,
}

/// Where a port of a Service leads: a port of the Pods, or the name of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    Number(u16),
    Name(String),
}

impl Exposure {
    /// Reads the parts of a Service.
    pub(crate) fn of(spec: &core::ServiceSpec, annotations: Option<&BTreeMap<String, String>>) -> Self {
        let text = |text: &Option<String>, default: &str| text.clone().unwrap_or_else(|| default.to_owned());
        let annotations = annotations.into_iter().flatten();
        Self {
            kind: text(&spec.type_, "ClusterIP"),
            class: spec.load_balancer_class.clone(),
            traffic_policy: text(&spec.external_traffic_policy, "Cluster"),
            annotations: annotations
                .filter_map(|(key, value)| Some((aws::key_of(key)?.to_owned(), value.clone())))
                .collect(),
            ports: spec.ports.iter().flatten().filter_map(ExposedPort::of).collect(),
        }
    }

    pub(super) fn is_load_balancer(&self) -> bool {
        self.kind == "LoadBalancer"
    }

    /// An annotation, unless it is empty.
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        let value = self.annotations.get(key)?.trim();
        (!value.is_empty()).then_some(value)
    }
}

impl ExposedPort {
    fn of(port: &core::ServicePort) -> Option<Self> {
        let number = u16::try_from(port.port).ok()?;
        let is_tcp = port.protocol.as_deref().unwrap_or("TCP") == "TCP";
        is_tcp.then(|| Self {
            name: port.name.clone().unwrap_or_default(),
            port: number,
            target: match &port.target_port {
                Some(IntOrString::String(name)) => {
                    name.parse().map_or_else(|_| Target::Name(name.clone()), Target::Number)
                }
                Some(IntOrString::Int(target)) => Target::Number(u16::try_from(*target).unwrap_or_default()),
                None => Target::Number(number),
            },
        })
    }
}
