//! Services that a proxy lists: they are looked up in the proxy's own namespace.

use crate::{
    api::httpproxy,
    inputs::Reader,
    model::{Cluster, Destination, Target},
    object::NamespacedName,
};

/// Finds the Service port behind one entry, or says why it cannot be used.
pub(super) fn resolve(
    reader: &Reader<'_>,
    namespace: &str,
    service: &httpproxy::Service,
) -> Result<Destination, String> {
    let name = NamespacedName::new(namespace, service.name.clone());
    let found = reader
        .service(&name)
        .ok_or_else(|| format!("service \"{name}\" not found"))?;
    let port = found.ports.iter().find(|port| i64::from(port.port) == service.port);
    let port = port.ok_or_else(|| format!("port \"{}\" on service \"{name}\" not matched", service.port))?;
    if port.protocol != "TCP" {
        return Err(format!("unsupported service protocol \"{}\"", port.protocol));
    }
    if found.external_name.is_some() {
        return Err(format!(
            "{name} is an ExternalName service, these are not currently enabled. See the config.enableExternalNameService config file setting"
        ));
    }
    let number =
        u16::try_from(port.port).map_err(|_| format!("port \"{}\" on service \"{name}\" not matched", service.port))?;
    let target = Target::Service {
        name,
        port: number,
        port_name: port.name.clone(),
        health_port_name: None,
    };
    let weight = u32::try_from(service.weight).unwrap_or(u32::MAX);
    Ok(Destination::plain(Cluster::plain(target), weight))
}

/// Gives every destination the same share where no entry has a weight, and scales weights whose sum Envoy cannot count.
pub(super) fn share(mut destinations: Vec<Destination>) -> Vec<Destination> {
    let total: u64 = destinations
        .iter()
        .map(|destination| u64::from(destination.weight))
        .sum();
    let excess = u32::try_from(total / u64::from(u32::MAX)).unwrap_or(u32::MAX);
    for destination in &mut destinations {
        destination.weight = if total == 0 {
            1
        } else {
            destination.weight / (excess + 1)
        };
    }
    destinations.sort();
    destinations
}
