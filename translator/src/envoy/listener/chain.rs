//! The filter chains of the TLS listener.

use std::collections::BTreeSet;

use isoline_envoy_api::envoy::config::listener::v3::{FilterChain, FilterChainMatch};
use isoline_policy::Listener;

use super::{HTTPS, tcp, tls};
use crate::{
    envoy::{
        Entrance,
        hcm::{self, Door},
    },
    extension::Services,
    model::{Profile, Secure, TcpProxy, Tls, VirtualHost},
    object::NamespacedName,
    settings::{Http, Settings},
};

/// What tells the filter chains of the TLS listener apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Chain {
    /// All hosts that share a certificate and a profile.
    Http {
        certificate: NamespacedName,
        profile: Profile,
    },
    /// One host whose connections go to a TCP service.
    Tcp {
        host: String,
        /// Where TLS ends here: the certificate and for whom.
        tls: Option<(NamespacedName, Profile)>,
        proxy: TcpProxy,
    },
    /// Connections whose SNI no host has.
    Fallback { certificate: NamespacedName },
}

impl Chain {
    /// The chains that a host needs.
    pub(crate) fn of(host: &VirtualHost, settings: &Settings) -> Vec<Self> {
        let identity = |tls: &Tls| (tls.certificate.clone(), tls.profile.clone());
        match &host.secure {
            Some(Secure::Routes(tls)) if !host.routes.is_empty() => {
                let (certificate, profile) = identity(tls);
                let fallback = tls.usable_fallback(settings).cloned();
                let fallback = fallback.map(|certificate| Self::Fallback { certificate });
                [Self::Http { certificate, profile }]
                    .into_iter()
                    .chain(fallback)
                    .collect()
            }
            Some(Secure::Tcp { tls, proxy }) => vec![Self::Tcp {
                host: host.fqdn.clone(),
                tls: tls.as_ref().map(identity),
                proxy: proxy.clone(),
            }],
            Some(Secure::Routes(_)) | None => Vec::new(),
        }
    }

    /// The chain of hosts with a certificate and the operator's profile.
    pub(crate) fn of_certificate(certificate: &NamespacedName, settings: &Settings) -> Self {
        Self::Http {
            certificate: certificate.clone(),
            profile: Profile::of_operator(settings),
        }
    }

    /// The certificate of a host that need not stand in a chain of its own: Envoy can ask for it when a client names the
    /// host. Names under a wildcard would pile up in Envoy without bound.
    pub(crate) fn asked_for(&self, host: &str, settings: &Settings) -> Option<&NamespacedName> {
        match self {
            Self::Http { certificate, profile } if profile.is_default(settings) && !host.starts_with('*') => {
                Some(certificate)
            }
            _ => None,
        }
    }

    pub(crate) fn is_fallback(&self) -> bool {
        matches!(self, Self::Fallback { .. })
    }

    /// Whose table of scopes its requests are looked up in.
    pub(crate) fn entrance(&self, settings: &Settings) -> Option<Entrance> {
        match self {
            Self::Http { profile, .. } => Some(Entrance::of_profile(profile, settings)),
            Self::Fallback { .. } => Some(Entrance::Fallback),
            Self::Tcp { .. } => None,
        }
    }

    pub(super) fn certificate(&self) -> Option<&NamespacedName> {
        match self {
            Self::Http { certificate, .. } | Self::Fallback { certificate } => Some(certificate),
            Self::Tcp { tls, .. } => tls.as_ref().map(|(certificate, _)| certificate),
        }
    }

    /// The clusters that it names itself.
    pub(super) fn clusters(&self) -> impl Iterator<Item = String> {
        let proxy = match self {
            Self::Tcp { proxy, .. } => Some(proxy),
            Self::Http { .. } | Self::Fallback { .. } => None,
        };
        let destinations = proxy.into_iter().flat_map(|proxy| &proxy.destinations);
        destinations.map(|destination| destination.cluster.name())
    }

    /// In Envoy's words, for these hosts. Connections of the host `*` are told apart by nothing.
    pub(super) fn messages(
        &self,
        hosts: &BTreeSet<String>,
        services: &Services,
        settings: &Settings,
    ) -> Vec<FilterChain> {
        let is_everybody = |host: &&String| *host == "*" || matches!(self, Self::Fallback { .. });
        let (everybody, named): (Vec<_>, Vec<_>) = hosts.iter().partition(is_everybody);
        let body = self.body(services, settings);
        let named = (!named.is_empty()).then(|| FilterChain {
            filter_chain_match: Some(FilterChainMatch {
                server_names: named.into_iter().cloned().collect(),
                ..Default::default()
            }),
            ..body.clone()
        });
        let everybody = (!everybody.is_empty()).then(|| FilterChain {
            name: format!("{}/*", body.name),
            filter_chain_match: Some(FilterChainMatch {
                transport_protocol: "tls".to_owned(),
                ..Default::default()
            }),
            ..body.clone()
        });
        named.into_iter().chain(everybody).collect()
    }

    fn body(&self, services: &Services, settings: &Settings) -> FilterChain {
        let http = |entrance: &Entrance, profile: &Profile| {
            let door = Door {
                entrance,
                stat_prefix: HTTPS,
                forward: profile.client.as_ref().and_then(|client| client.forward),
            };
            hcm::filters(&door, services, settings)
        };
        let socket =
            |certificate, profile: &Profile, alpn| Some(tls::transport_socket(certificate, profile, alpn, settings));
        let (filters, transport_socket) = match self {
            Self::Http { certificate, profile } => {
                let entrance = Entrance::of_profile(profile, settings);
                (
                    http(&entrance, profile),
                    socket(certificate, profile, alpn(&settings.http)),
                )
            }
            Self::Fallback { certificate } => {
                let profile = Profile::of_operator(settings);
                let socket = socket(certificate, &profile, alpn(&settings.http));
                (http(&Entrance::Fallback, &profile), socket)
            }
            Self::Tcp { tls, proxy, .. } => {
                let tls = tls.as_ref();
                let socket = tls.and_then(|(certificate, profile)| socket(certificate, profile, Vec::new()));
                (tcp::filters(proxy, HTTPS, settings), socket)
            }
        };
        FilterChain {
            name: self.name(settings),
            filters,
            transport_socket,
            ..Default::default()
        }
    }

    fn name(&self, settings: &Settings) -> String {
        let https = Listener::Https.as_str();
        match self {
            Self::Tcp { host, .. } => format!("tcp/{host}"),
            Self::Fallback { certificate } => format!("{https}/fallback/{certificate}"),
            Self::Http { certificate, profile } => match Entrance::of_profile(profile, settings) {
                Entrance::Profile(id) => format!("{https}/{certificate}/{id}"),
                _ => format!("{https}/{certificate}"),
            },
        }
    }
}

pub(super) fn alpn(http: &Http) -> Vec<String> {
    let versions = [(http.version_2, "h2"), (http.version_1, "http/1.1")];
    let spoken = versions.into_iter().filter(|(spoken, _)| *spoken);
    spoken.map(|(_, name)| name.to_owned()).collect()
}
