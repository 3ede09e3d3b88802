//! The listeners: `ingress_http` always, `ingress_tls_offload` where it is enabled, `ingress_https` where some host ends
//! TLS or passes it through.

use std::collections::{BTreeMap, BTreeSet};

use isoline_envoy_api::{
    Duration, any,
    envoy::{
        config::{
            core::v3::{TransportSocket, transport_socket},
            listener::v3::{
                Filter, FilterChain, FilterChainMatch, Listener as Message, ListenerFilter, listener_filter,
            },
        },
        extensions::{
            filters::{
                listener::{proxy_protocol::v3::ProxyProtocol as ProxyProtocolFilter, tls_inspector::v3::TlsInspector},
                network::tcp_proxy::v3::{
                    TcpProxy,
                    tcp_proxy::{ClusterSpecifier, WeightedCluster, weighted_cluster::ClusterWeight},
                },
            },
            transport_sockets::tls::v3::{
                CommonTlsContext, DownstreamTlsContext, SdsSecretConfig, TlsParameters, tls_parameters::TlsProtocol,
            },
        },
    },
    socket_address,
};
use isoline_policy::{Listener, ProxyProtocol, handover};
use prost::Name;

use super::{ads, http_connection_manager as hcm, scope};
use crate::{
    extension::Services,
    model::{Destination, Secure, VirtualHost},
    object::{Kind, NamespacedName, ObjectRef},
    resource::{Resource, ResourceKey, ResourceType},
    settings::Settings,
};

const HTTPS: &str = "ingress_https";

/// What tells the filter chains of the TLS listener apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Chain {
    /// All hosts that share a certificate.
    Certificate(NamespacedName),
    /// One host whose connections go to a TCP service.
    Tcp {
        host: String,
        certificate: Option<NamespacedName>,
        destinations: Vec<Destination>,
    },
}

impl Chain {
    /// The chain that a host needs.
    pub(crate) fn of(host: &VirtualHost) -> Option<Self> {
        Some(match host.secure.as_ref()? {
            Secure::Routes(tls) => Self::Certificate(tls.certificate.clone()),
            Secure::Tcp { tls, proxy } => Self::Tcp {
                host: host.fqdn.clone(),
                certificate: tls.as_ref().map(|tls| tls.certificate.clone()),
                destinations: proxy.destinations.clone(),
            },
        })
    }
}

/// Every listener with the scopes that it has without any host, given the hosts of each chain of the TLS listener.
pub(crate) fn listeners(
    chains: &BTreeMap<Chain, BTreeSet<String>>,
    _services: &Services,
    settings: &Settings,
) -> Vec<(ResourceKey, Resource)> {
    let ports = &settings.listeners;
    let mut served = vec![Listener::Http];
    served.extend(ports.tls_offload.enabled.then_some(Listener::TlsOffload));
    served.extend((!chains.is_empty()).then_some(Listener::Https));
    let resources = served.into_iter().flat_map(|listener| {
        let message = match listener {
            Listener::Http => cleartext(
                "ingress_http",
                handover::HTTP_CHAIN,
                listener,
                ports.http.port,
                settings,
            ),
            Listener::TlsOffload => {
                let port = ports.tls_offload.port;
                cleartext(
                    "ingress_tls_offload",
                    handover::TLS_OFFLOAD_CHAIN,
                    listener,
                    port,
                    settings,
                )
            }
            Listener::Https => https(chains, settings),
        };
        scope::standing_scopes(listener).into_iter().chain([message])
    });
    resources.collect()
}

fn cleartext(name: &str, chain: &str, listener: Listener, port: u16, settings: &Settings) -> (ResourceKey, Resource) {
    let chain = FilterChain {
        name: chain.to_owned(),
        filters: hcm::filters(listener, name, settings),
        ..Default::default()
    };
    let message = Message {
        name: name.to_owned(),
        address: Some(socket_address(&settings.listeners.address, port)),
        filter_chains: vec![chain],
        listener_filters: proxy_protocol(settings).into_iter().collect(),
        ..Default::default()
    };
    (key(&message), Resource::new(&message))
}

fn https(chains: &BTreeMap<Chain, BTreeSet<String>>, settings: &Settings) -> (ResourceKey, Resource) {
    let inspector = listener_filter("envoy.filters.listener.tls_inspector", &TlsInspector::default());
    let message = Message {
        name: HTTPS.to_owned(),
        address: Some(socket_address(
            &settings.listeners.address,
            settings.listeners.https.port,
        )),
        filter_chains: chains
            .iter()
            .map(|(chain, hosts)| filter_chain(chain, hosts, settings))
            .collect(),
        listener_filters: proxy_protocol(settings).into_iter().chain([inspector]).collect(),
        ..Default::default()
    };
    let mut resource = Resource::new(&message);
    for chain in chains.keys() {
        if let Chain::Tcp { destinations, .. } = chain {
            resource
                .needs
                .extend(destinations.iter().map(|destination| destination.cluster.name()));
        }
        if let Chain::Certificate(certificate)
        | Chain::Tcp {
            certificate: Some(certificate),
            ..
        } = chain
        {
            resource.origin.push(ObjectRef {
                kind: Kind::Secret,
                name: certificate.clone(),
            });
        }
    }
    resource.needs.sort();
    resource.needs.dedup();
    (key(&message), resource)
}

fn filter_chain(chain: &Chain, hosts: &BTreeSet<String>, settings: &Settings) -> FilterChain {
    let (name, filters, transport_socket) = match chain {
        Chain::Certificate(certificate) => {
            let filters = hcm::filters(Listener::Https, HTTPS, settings);
            let alpn = ["h2", "http/1.1"].map(str::to_owned).into();
            (
                format!("{}/{certificate}", handover::HTTPS_CHAIN),
                filters,
                Some(tls(certificate, alpn)),
            )
        }
        Chain::Tcp {
            host,
            certificate,
            destinations,
        } => {
            let socket = certificate.as_ref().map(|certificate| tls(certificate, Vec::new()));
            (format!("tcp/{host}"), vec![tcp_proxy(destinations)], socket)
        }
    };
    FilterChain {
        name,
        filters,
        transport_socket,
        filter_chain_match: Some(FilterChainMatch {
            server_names: hosts.iter().cloned().collect(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn tls(certificate: &NamespacedName, alpn_protocols: Vec<String>) -> TransportSocket {
    let context = DownstreamTlsContext {
        common_tls_context: Some(CommonTlsContext {
            tls_params: Some(TlsParameters {
                tls_minimum_protocol_version: TlsProtocol::TlSv12.into(),
                tls_maximum_protocol_version: TlsProtocol::TlSv13.into(),
                ..Default::default()
            }),
            tls_certificate_sds_secret_configs: vec![SdsSecretConfig {
                name: certificate.to_string(),
                sds_config: Some(ads()),
            }],
            alpn_protocols,
            ..Default::default()
        }),
        ..Default::default()
    };
    TransportSocket {
        name: "envoy.transport_sockets.tls".to_owned(),
        config_type: Some(transport_socket::ConfigType::TypedConfig(any(&context))),
    }
}

fn tcp_proxy(destinations: &[Destination]) -> Filter {
    let cluster = match destinations {
        [Destination { cluster, .. }] => ClusterSpecifier::Cluster(cluster.name()),
        destinations => ClusterSpecifier::WeightedClusters(WeightedCluster {
            clusters: destinations
                .iter()
                .map(|destination| ClusterWeight {
                    name: destination.cluster.name(),
                    weight: destination.weight,
                    ..Default::default()
                })
                .collect(),
        }),
    };
    let config = TcpProxy {
        stat_prefix: HTTPS.to_owned(),
        idle_timeout: Some(Duration {
            seconds: 9001,
            nanos: 0,
        }),
        access_log: vec![hcm::access_log()],
        cluster_specifier: Some(cluster),
        ..Default::default()
    };
    hcm::network_filter("envoy.filters.network.tcp_proxy", any(&config))
}

/// Where PROXY is optional, a connection without it is taken as it is.
fn proxy_protocol(settings: &Settings) -> Option<ListenerFilter> {
    let allow_requests_without_proxy_protocol = match settings.load_balancer.proxy_protocol {
        ProxyProtocol::Off => return None,
        ProxyProtocol::Optional => true,
        ProxyProtocol::Required => false,
    };
    let config = ProxyProtocolFilter {
        allow_requests_without_proxy_protocol,
        ..Default::default()
    };
    Some(listener_filter("envoy.filters.listener.proxy_protocol", &config))
}

fn listener_filter<M: Name>(name: &str, config: &M) -> ListenerFilter {
    ListenerFilter {
        name: name.to_owned(),
        config_type: Some(listener_filter::ConfigType::TypedConfig(any(config))),
        ..Default::default()
    }
}

fn key(message: &Message) -> ResourceKey {
    ResourceKey {
        kind: ResourceType::Listener,
        name: message.name.clone(),
    }
}
