//! The listeners: `ingress_http` always, `ingress_tls_offload` where it is enabled, `ingress_https` where some host ends
//! TLS or passes it through. Envoy's own are beside them, where the operator asks for them.

mod admin;
mod chain;
mod on_demand;
mod socket;
mod tcp;
mod tls;

use std::collections::{BTreeMap, BTreeSet};

use isoline_envoy_api::{
    any,
    envoy::{
        config::listener::v3::{FilterChain, Listener as Message, ListenerFilter, listener_filter},
        extensions::filters::listener::{
            proxy_protocol::v3::{
                ProxyProtocol as ProxyProtocolFilter,
                proxy_protocol::{KeyValuePair, Rule},
            },
            tls_inspector::v3::TlsInspector,
        },
    },
};
use isoline_policy::{ProxyProtocol, handover};
use prost::Name;

pub use admin::CLUSTER as ADMIN_CLUSTER;
pub(crate) use admin::{FOR_EVERYBODY, READABLE};
pub(crate) use chain::Chain;

use super::{
    entrance::Entrance,
    hcm::{self, Door},
    scope::standing_scopes,
};
use crate::{
    extension::Services,
    model::Cluster,
    object::Kind,
    resource::{Resource, ResourceKey, ResourceType},
    settings::{Port, Settings},
};

/// The hosts of each chain of the TLS listener.
type Chains = BTreeMap<Chain, BTreeSet<String>>;

/// Those of them that stand in the listener.
type Chained<'a> = BTreeMap<&'a Chain, BTreeSet<String>>;

const HTTPS: &str = name(isoline_policy::Listener::Https);

/// The name of a listener.
pub(crate) const fn name(listener: isoline_policy::Listener) -> &'static str {
    use isoline_policy::Listener;
    match listener {
        Listener::Http => "ingress_http",
        Listener::TlsOffload => "ingress_tls_offload",
        Listener::Https => "ingress_https",
    }
}

/// Every listener with the scopes that it has without any host. Where it `asks`, the TLS listener has one chain for all
/// hosts whose certificates can be asked for.
pub(crate) fn listeners(
    chains: &Chains,
    asks: bool,
    services: &Services,
    settings: &Settings,
) -> Vec<(ResourceKey, Resource)> {
    let ports = &settings.listeners;
    let offload = Port {
        address: None,
        port: ports.tls_offload.port,
    };
    let http = cleartext(&Entrance::Http, ports.http, services, settings);
    let mut messages = vec![(http, None)];
    let mut entrances = BTreeSet::from([Entrance::Http]);
    let mut https_chains = None;
    if ports.tls_offload.enabled {
        let message = cleartext(&Entrance::TlsOffload, offload, services, settings);
        messages.push((message, None));
        entrances.insert(Entrance::TlsOffload);
    }
    if !chains.is_empty() {
        let chained = chained(chains, asks, settings);
        entrances.extend(chained.keys().filter_map(|chain| chain.entrance(settings)));
        entrances.extend(asks.then_some(Entrance::Https));
        https_chains = Some(chained);
    }
    if let Some(chains) = &https_chains {
        messages.push((https(chains, asks, services, settings), Some(chains)));
    }
    let listeners = messages
        .into_iter()
        .map(|(message, chains)| resource(&message, chains, services));
    let scopes = entrances
        .iter()
        .flat_map(|entrance| standing_scopes(entrance, settings));
    scopes.chain(listeners).chain(admin::resources(settings)).collect()
}

fn cleartext(entrance: &Entrance, port: Port, services: &Services, settings: &Settings) -> Message {
    let name = name(entrance.listener());
    let door = Door {
        entrance,
        stat_prefix: name,
        forward: None,
    };
    let chain = FilterChain {
        name: entrance.listener().as_str().to_owned(),
        filters: hcm::filters(&door, services, settings),
        ..Default::default()
    };
    Message {
        filter_chains: vec![chain],
        listener_filters: proxy_protocol(settings).into_iter().collect(),
        ..listener(name, port, settings)
    }
}

/// The hosts that stand in chains of their own.
fn chained<'a>(chains: &'a Chains, asks: bool, settings: &Settings) -> Chained<'a> {
    let hosts = chains.iter().filter(|(chain, _)| !chain.is_fallback());
    let wildcards = hosts.flat_map(|(_, hosts)| hosts.iter().filter(|host| host.starts_with("*.")));
    let wildcards: BTreeSet<_> = wildcards.cloned().collect();
    let stands =
        |chain: &Chain, host: &str| !asks || chain.asked_for(host, settings).is_none() || is_covered(host, &wildcards);
    let hosts = chains.iter().map(|(chain, hosts)| {
        let hosts = hosts.iter().filter(|host| stands(chain, host));
        (chain, hosts.cloned().collect::<BTreeSet<_>>())
    });
    hosts.filter(|(_, hosts)| !hosts.is_empty()).collect()
}

/// Whether the chain of a wildcard would take the connections of a host that stands in no chain itself: Envoy's wildcards
/// cover any number of labels.
pub(crate) fn is_covered(host: &str, wildcards: &BTreeSet<String>) -> bool {
    let mut rest = host;
    while let Some((_, parent)) = rest.split_once('.') {
        if wildcards.contains(&format!("*.{parent}")) {
            return true;
        }
        rest = parent;
    }
    false
}

/// Only one chain can take connections whose SNI nobody has: that of the host `*` before that of the fallback certificate.
fn https(chains: &Chained<'_>, asks: bool, services: &Services, settings: &Settings) -> Message {
    let fingerprints = &settings.tls;
    let inspector = TlsInspector {
        enable_ja3_fingerprinting: fingerprints.ja3.then_some(true),
        enable_ja4_fingerprinting: fingerprints.ja4.then_some(true),
        ..Default::default()
    };
    let inspector = listener_filter("envoy.filters.listener.tls_inspector", &inspector);
    let is_taken = chains
        .iter()
        .any(|(chain, hosts)| !chain.is_fallback() && hosts.contains("*"));
    let served = chains.iter().filter(|(chain, _)| !(is_taken && chain.is_fallback()));
    Message {
        filter_chains: served
            .flat_map(|(chain, hosts)| chain.messages(hosts, services, settings))
            .chain(asks.then(|| on_demand::filter_chain(services, settings)))
            .collect(),
        listener_filters: proxy_protocol(settings).into_iter().chain([inspector]).collect(),
        ..listener(HTTPS, settings.listeners.https, settings)
    }
}

fn listener(name: &str, port: Port, settings: &Settings) -> Message {
    let ip = port.address.unwrap_or(settings.listeners.address);
    socket::listener(name, ip, port.port, &settings.connections)
}

fn resource(message: &Message, chains: Option<&Chained<'_>>, services: &Services) -> (ResourceKey, Resource) {
    let mut resource = Resource::new(message);
    let chains = || chains.into_iter().flat_map(BTreeMap::keys).copied();
    let of_services = services.clusters().map(Cluster::name);
    let needs: BTreeSet<_> = chains().flat_map(Chain::clusters).chain(of_services).collect();
    resource.needs = needs.into_iter().collect();
    let certificates = chains().filter_map(Chain::certificate);
    resource.origin = certificates.map(|name| Kind::Secret.object(name)).collect();
    let key = ResourceKey {
        kind: ResourceType::Listener,
        name: message.name.clone(),
    };
    (key, resource)
}

/// Where PROXY is optional, a connection without it is taken as it is.
fn proxy_protocol(settings: &Settings) -> Option<ListenerFilter> {
    let allow_requests_without_proxy_protocol = match settings.load_balancer.proxy_protocol {
        ProxyProtocol::Off => return None,
        ProxyProtocol::Optional => true,
        ProxyProtocol::Required => false,
    };
    let ssl = Rule {
        tlv_type: handover::SSL_TLV_TYPE,
        on_tlv_present: Some(KeyValuePair {
            key: handover::SSL_TLV_KEY.to_owned(),
            ..Default::default()
        }),
    };
    let config = ProxyProtocolFilter {
        allow_requests_without_proxy_protocol,
        rules: vec![ssl],
        ..Default::default()
    };
    Some(listener_filter(handover::PROXY_NAMESPACE, &config))
}

fn listener_filter<M: Name>(name: &str, config: &M) -> ListenerFilter {
    ListenerFilter {
        name: name.to_owned(),
        config_type: Some(listener_filter::ConfigType::TypedConfig(any(config))),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_covers_any_number_of_labels() {
        let wildcards = BTreeSet::from(["*.b.c".to_owned()]);
        for (host, covered) in [
            ("a.b.c", true),
            ("x.a.b.c", true),
            ("b.c", false),
            ("ab.c", false),
            ("c", false),
        ] {
            assert_eq!(is_covered(host, &wildcards), covered, "{host}");
        }
    }
}
