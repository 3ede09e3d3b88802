//! What the operator wrote of the load balancer, apart from what nobody wrote.

use ipnet::IpNet;
use isoline_policy::{LoadBalancer, ProxyProtocol, Trusted};
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Written {
    pub(crate) proxy_protocol: Option<ProxyProtocol>,
    pub(crate) tls_ports: Option<Vec<u16>>,
    pub(crate) hops: Option<u32>,
    pub(crate) cidrs: Option<Vec<IpNet>>,
    pub(crate) http: Option<u16>,
    pub(crate) https: Option<u16>,
}

impl Written {
    /// Everything of a load balancer, as if all of it were written.
    pub(super) fn all_of(load_balancer: &LoadBalancer) -> Self {
        Self {
            proxy_protocol: Some(load_balancer.proxy_protocol),
            tls_ports: Some(load_balancer.tls_ports.clone()),
            hops: Some(load_balancer.trusted.hops),
            cidrs: Some(load_balancer.trusted.cidrs.clone()),
            http: Some(load_balancer.external_ports.http),
            https: Some(load_balancer.external_ports.https),
        }
    }

    /// What is written, by key.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("proxyProtocol", self.proxy_protocol.as_ref().map(shown)),
            ("tlsPorts", self.tls_ports.as_ref().map(shown)),
            ("trusted.hops", self.hops.as_ref().map(shown)),
            ("trusted.cidrs", self.cidrs.as_ref().map(shown)),
            ("externalPorts.http", self.http.as_ref().map(shown)),
            ("externalPorts.https", self.https.as_ref().map(shown)),
        ];
        fields
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }

    /// What is written, and the rest as given. Who says whom to trust trusts nobody else.
    pub(crate) fn over(&self, given: LoadBalancer) -> LoadBalancer {
        let trusted = if self.hops.is_some() || self.cidrs.is_some() {
            Trusted {
                hops: self.hops.unwrap_or_default(),
                cidrs: self.cidrs.clone().unwrap_or_default(),
            }
        } else {
            given.trusted
        };
        let mut external_ports = given.external_ports;
        external_ports.http = self.http.unwrap_or(external_ports.http);
        external_ports.https = self.https.unwrap_or(external_ports.https);
        LoadBalancer {
            mode: given.mode,
            proxy_protocol: self.proxy_protocol.unwrap_or(given.proxy_protocol),
            tls_ports: self.tls_ports.clone().unwrap_or(given.tls_ports),
            trusted,
            external_ports,
        }
    }
}

/// A value as it stands in the configuration file.
pub(super) fn shown<T: Serialize>(value: &T) -> String {
    match serde_json::json!(value) {
        Value::String(word) => word,
        other => other.to_string(),
    }
}
