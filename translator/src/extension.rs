//! Extension services: what Envoy itself asks, to authorize, to limit and to trace.

mod services;

use std::collections::BTreeMap;

pub(crate) use services::{Services, services};

use crate::{
    api::{extensionservice::ExtensionServiceTarget, shared::LoadBalancerPolicy},
    duration::parse_timeout,
    inputs::Reader,
    model::{Cluster, LoadBalancing, Protocol, Target, Timeout, WeightedPort},
    object::{ExtensionService, Kind, NamespacedName, ObjectRef},
    status::{Findings, Part},
    upstream::{self, PortRef, ValidationError},
};

/// An ExtensionService that can be used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Extension {
    pub(crate) cluster: Cluster,
    /// The authority under which it is called.
    pub(crate) authority: String,
    /// How long it may take unless who asks says otherwise.
    pub(crate) timeout: Timeout,
}

/// The extension service of a name; nothing if there is none or something is wrong with it.
pub(crate) fn resolve(name: &NamespacedName, reader: &Reader<'_>) -> Option<Extension> {
    let mut findings = Findings::default();
    let extension = read(reader.extension(name)?, reader, &mut findings);
    findings.is_valid().then_some(extension)
}

/// What is wrong with one, under its name.
pub(crate) fn findings(name: &NamespacedName, reader: &Reader<'_>) -> BTreeMap<ObjectRef, Findings> {
    let Some(extension) = reader.extension(name) else {
        return BTreeMap::new();
    };
    let mut findings = Findings::default();
    read(extension, reader, &mut findings);
    [(Kind::ExtensionService.object(name), findings)].into()
}

impl Extension {
    fn new(cluster: Cluster, timeout: Timeout) -> Self {
        let authority = match cluster.sni.as_str() {
            "" => cluster.name().replace('/', "."),
            sni => sni.to_owned(),
        };
        Self {
            cluster,
            authority,
            timeout,
        }
    }

    /// Stands for one that cannot be used: nobody answers there, so that who asks does what it does without an answer.
    fn unreachable(name: &NamespacedName) -> Self {
        let target = Target::Extension {
            name: name.clone(),
            ports: Vec::new(),
        };
        let cluster = Cluster {
            protocol: Protocol::H2c,
            ..Cluster::plain(target)
        };
        Self::new(cluster, Timeout::Default)
    }
}

/// Reads everything, so that its author is told everything that is wrong; only what comes without errors is of use.
fn read(extension: &ExtensionService, reader: &Reader<'_>, findings: &mut Findings) -> Extension {
    let spec = &extension.spec;
    let target = Target::Extension {
        name: extension.name.clone(),
        ports: Vec::new(),
    };
    let mut cluster = Cluster::plain(target);
    let timeout = read_timeouts(extension, &mut cluster, findings);
    match upstream::client_certificate(reader) {
        Ok(certificate) => cluster.client_certificate = certificate,
        Err(problem) => findings.error(Part::Tls, "SecretNotValid", problem),
    }
    cluster.load_balancing = load_balancing(spec.load_balancer_policy.as_ref(), findings);
    if spec
        .timeout_policy
        .as_ref()
        .is_some_and(|policy| !policy.idle.is_empty())
    {
        let message =
            "ignoring field \".Spec.TimeoutPolicy.Idle\"; idle timeouts are not supported for ExtensionClusters";
        findings.warning(Part::Spec, "IgnoredField", message);
    }
    let protocol = spec.protocol.as_deref().unwrap_or("h2");
    cluster.protocol = match protocol {
        "h2c" => Protocol::H2c,
        "http/1.1" => Protocol::Plain,
        _ => Protocol::H2,
    };
    read_validation(extension, protocol, reader, &mut cluster, findings);
    let global = &reader.settings().cluster.circuit_breakers;
    match upstream::circuit_breakers(spec.circuit_breaker_policy.as_ref().unwrap_or(global)) {
        Ok(limits) => cluster.circuit_breakers = limits,
        Err(problem) => findings.error(
            Part::Spec,
            "CircuitBreakerPolicyNotValid",
            format!("spec.circuitBreakerPolicy: {problem}"),
        ),
    }
    let targets = spec.services.iter();
    let ports = targets.filter_map(|target| read_target(extension, target, reader, findings));
    let ports = share(ports.collect());
    cluster.target = Target::Extension {
        name: extension.name.clone(),
        ports,
    };
    Extension::new(cluster, timeout)
}

/// The time that an answer may take; the time that a connection may idle goes to the cluster. The first wrong one is told.
fn read_timeouts(extension: &ExtensionService, cluster: &mut Cluster, findings: &mut Findings) -> Timeout {
    let policy = extension.spec.timeout_policy.clone().unwrap_or_default();
    let read = |name: &str, text: &str| {
        let place = |error| format!("error parsing {name} timeout: {error}");
        parse_timeout(text).map_err(place)
    };
    let read_all = || {
        let response = read("response", &policy.response)?;
        read("idle", &policy.idle)?;
        Ok((response, read("idle connection", &policy.idle_connection)?))
    };
    let (response, idle) = read_all().unwrap_or_else(|error: String| {
        let message = format!("spec.timeoutPolicy failed to parse: {error}");
        findings.error(Part::Spec, "TimeoutPolicyNotValid", message);
        <(Timeout, Timeout)>::default()
    });
    cluster.idle_timeout = idle;
    response
}

fn load_balancing(policy: Option<&LoadBalancerPolicy>, findings: &mut Findings) -> LoadBalancing {
    match policy.map_or("", |policy| &policy.strategy) {
        "WeightedLeastRequest" => LoadBalancing::LeastRequest,
        "Random" => LoadBalancing::Random,
        strategy @ ("Cookie" | "RequestHash") => {
            let message = format!(
                "ignoring field \".Spec.LoadBalancerPolicy\"; {strategy} load balancer policy is not supported for ExtensionClusters"
            );
            findings.warning(Part::Spec, "IgnoredField", message);
            LoadBalancing::RoundRobin
        }
        _ => LoadBalancing::RoundRobin,
    }
}

fn read_validation(
    extension: &ExtensionService,
    protocol: &str,
    reader: &Reader<'_>,
    cluster: &mut Cluster,
    findings: &mut Findings,
) {
    let Some(written) = &extension.spec.validation else {
        return;
    };
    match upstream::validation(reader, &extension.name.namespace, written) {
        Ok(validation) => {
            cluster.sni = validation.subject_names.first().cloned().unwrap_or_default();
            cluster.validation = Some(validation);
        }
        Err(ValidationError::NotDelegated(secret)) => {
            let message = format!(
                "service.UpstreamValidation.CACertificate Secret \"{secret}\" is not configured for certificate delegation"
            );
            findings.error(Part::Tls, "CACertificateNotDelegated", message);
        }
        Err(ValidationError::Invalid(problem)) => {
            let message = format!("TLS upstream validation policy error: {problem}");
            findings.error(Part::Spec, "TLSUpstreamValidation", message);
        }
    }
    if cluster.protocol != Protocol::H2 {
        let message = format!("upstream TLS validation not supported for \"{protocol}\" protocol");
        findings.error(Part::Spec, "InconsistentProtocol", message);
    }
}

fn read_target(
    extension: &ExtensionService,
    target: &ExtensionServiceTarget,
    reader: &Reader<'_>,
    findings: &mut Findings,
) -> Option<WeightedPort> {
    let service = NamespacedName::new(extension.name.namespace.clone(), target.name.clone());
    let found = upstream::find(reader, &service, PortRef::Number(target.port));
    let found = found.map_err(|problem| {
        let message = format!("unresolved service \"{service}\": {problem}");
        findings.error(Part::Service, "ServiceUnresolvedReference", message);
    });
    let found = found.ok()?;
    if found.service.external_name.is_some() {
        let message = format!("Service \"{service}\" is of unsupported type \"ExternalName\".");
        findings.error(Part::Service, "UnsupportedServiceType", message);
        return None;
    }
    let Ok(weight) = u32::try_from(target.weight) else {
        let message = format!(
            "service \"{service}\": weight must be in the range 0-{}, {} was supplied",
            u32::MAX,
            target.weight
        );
        findings.error(Part::Service, "ServiceWeightInvalid", message);
        return None;
    };
    Some(WeightedPort {
        service,
        port_name: found.port.name.clone(),
        weight: Some(weight),
    })
}

/// Gives everybody the same share where nobody has a weight, and nothing to those without one beside others. Weights
/// whose sum Envoy cannot count are scaled.
fn share(mut ports: Vec<WeightedPort>) -> Vec<WeightedPort> {
    let weights = ports.iter().map(|port| u64::from(port.weight.unwrap_or_default()));
    let total: u64 = weights.sum();
    let most = u64::from(u32::MAX).saturating_sub(ports.len() as u64).max(1);
    let scale = total / most + 1;
    for port in &mut ports {
        let weight = u64::from(port.weight.unwrap_or_default());
        port.weight = match (total, weight) {
            (0, _) => Some(1),
            (_, 0) => None,
            _ => u32::try_from((weight / scale).max(1)).ok(),
        };
    }
    ports.sort_unstable();
    ports
}
