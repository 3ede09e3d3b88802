//! The services of one route, and what they say of themselves that HTTPProxy says of the route.

use serde_json::{Map, Value, json};

use super::{
    api::{HealthCheck, IngressRouteSpec, Service},
    note::Notes,
};

const DEFAULT_STRATEGY: &str = "RoundRobin";

pub(super) fn services(services: &[Service]) -> Value {
    services.iter().map(service).collect()
}

fn service(service: &Service) -> Value {
    let mut out = Map::new();
    out.insert("name".to_owned(), json!(service.name));
    out.insert("port".to_owned(), json!(service.port));
    if service.weight > 0 {
        out.insert("weight".to_owned(), json!(service.weight));
    }
    if let Some(validation) = &service.validation {
        out.insert("validation".to_owned(), json!(validation));
    }
    out.into()
}

/// `loadBalancerPolicy`, where the services agree on one that is not the default and among `known`.
pub(super) fn load_balancer_policy(
    services: &[Service],
    spec: &IngressRouteSpec,
    known: &[&str],
    field: &str,
    notes: &mut Notes,
) -> Option<Value> {
    let strategy = |service: &Service| {
        let named = [&service.strategy, &spec.strategy]
            .into_iter()
            .find(|name| !name.is_empty());
        named.filter(|name| *name != DEFAULT_STRATEGY).cloned()
    };
    let Some(strategy) = agreed(services, strategy) else {
        let reason = "the services have different strategies, and in HTTPProxy a route has one";
        let advice = format!("none is set, which means {DEFAULT_STRATEGY}: choose one for loadBalancerPolicy");
        notes.add(format!("{field}.services"), reason, advice);
        return None;
    };
    let strategy = strategy?;
    if !known.contains(&strategy.as_str()) {
        let reason = format!("HTTPProxy has no strategy {strategy} here");
        let advice = format!(
            "none is set, which means {DEFAULT_STRATEGY}; there is also {}",
            known.join(", ")
        );
        notes.add(format!("{field}.services"), reason, advice);
        return None;
    }
    Some(json!({"strategy": strategy}))
}

/// `healthCheckPolicy`, where the services agree on one.
pub(super) fn health_check_policy(
    services: &[Service],
    spec: &IngressRouteSpec,
    field: &str,
    notes: &mut Notes,
) -> Option<Value> {
    let health_check = |service: &Service| service.health_check.clone().or(spec.health_check.clone());
    let Some(health_check) = agreed(services, health_check) else {
        let reason = "the services have different health checks, and in HTTPProxy a route has one for all of them";
        let advice =
            "none is set, since a wrong one would take healthy endpoints out: choose one for healthCheckPolicy";
        notes.add(format!("{field}.services"), reason, advice);
        return None;
    };
    health_check.map(|check: HealthCheck| json!(check))
}

/// What all services say, if they say the same; what none of them says is the default.
fn agreed<T: Default + PartialEq>(services: &[Service], says: impl Fn(&Service) -> T) -> Option<T> {
    let mut said = services.iter().map(says);
    let first = said.next().unwrap_or_default();
    said.all(|other| other == first).then_some(first)
}
