//! A document of kind `Backend`: a Service, its endpoints, and who listens there.

use std::{
    net::{Ipv4Addr, SocketAddrV4},
    ops::RangeInclusive,
};

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::case::{Endpoint, object_name};

/// The addresses that endpoints have, in this order.
pub(super) const ENDPOINTS: RangeInclusive<Ipv4Addr> = Ipv4Addr::new(10, 99, 0, 2)..=Ipv4Addr::new(10, 99, 0, 17);

/// A Service with its endpoints.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Backend {
    #[serde(rename = "kind")]
    _kind: String,
    pub(super) metadata: Value,
    #[serde(default = "one_port")]
    ports: Vec<Value>,
    #[serde(default = "one")]
    pub(super) endpoints: u32,
    #[serde(default)]
    pub(super) not_ready_endpoints: u32,
    #[serde(default)]
    pub(super) addresses: Vec<String>,
    #[serde(default)]
    pub(super) not_ready: Vec<String>,
    #[serde(default)]
    pub(super) closed: bool,
    pub(super) tls: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServicePort {
    port: u16,
    #[serde(default)]
    name: String,
    #[serde(default = "tcp")]
    protocol: String,
    target_port: Option<u16>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl ServicePort {
    fn target_port(&self) -> u16 {
        let usual = (8000 + u32::from(self.port)) % 60_000;
        self.target_port
            .unwrap_or_else(|| u16::try_from(usual).expect("less than 60,000"))
    }
}

impl Backend {
    /// Who listens at these addresses. One of another network has no listener here.
    pub(super) fn listeners(&self, ports: &[ServicePort], addresses: &[String]) -> Vec<Endpoint> {
        let mut listeners = Vec::new();
        for (number, address) in addresses.iter().enumerate() {
            let Some(address) = address.parse().ok().filter(|own| ENDPOINTS.contains(own)) else {
                continue;
            };
            for port in ports.iter().filter(|port| port.protocol == "TCP") {
                let mut name = object_name(&self.metadata);
                if ports.len() > 1 {
                    name.extend(["#", &port.port.to_string()]);
                }
                if addresses.len() > 1 {
                    name.extend(["@", &number.to_string()]);
                }
                listeners.push(Endpoint {
                    name,
                    address: SocketAddrV4::new(address, port.target_port()),
                    certificate: self.tls.clone(),
                });
            }
        }
        listeners
    }

    pub(super) fn ports(&self) -> Result<Vec<ServicePort>> {
        let mut ports = Vec::new();
        for port in &self.ports {
            let mut port: ServicePort = match port {
                Value::Number(_) => serde_json::from_value(json!({"port": port}))?,
                Value::Object(_) => serde_json::from_value(port.clone())?,
                _ => bail!("{port} is no port"),
            };
            if self.ports.len() > 1 && port.name.is_empty() {
                port.name = format!("p{}", port.port);
            }
            ports.push(port);
        }
        Ok(ports)
    }

    pub(super) fn service(&self, ports: &[ServicePort]) -> Value {
        let port = |port: &ServicePort| {
            let mut fields = port.rest.clone();
            fields.insert("port".to_owned(), port.port.into());
            fields.insert("protocol".to_owned(), port.protocol.clone().into());
            fields.insert("targetPort".to_owned(), port.target_port().into());
            if !port.name.is_empty() {
                fields.insert("name".to_owned(), port.name.clone().into());
            }
            fields
        };
        let ports: Vec<_> = ports.iter().map(port).collect();
        json!({"apiVersion": "v1", "kind": "Service", "metadata": self.metadata, "spec": {"ports": ports}})
    }

    pub(super) fn slice(&self, ports: &[ServicePort], ready: &[String], not_ready: &[String]) -> Value {
        let endpoint = |address: &String, ready: bool| json!({"addresses": [address], "conditions": {"ready": ready}});
        let ready = ready.iter().map(|address| endpoint(address, true));
        let endpoints: Vec<_> = ready
            .chain(not_ready.iter().map(|address| endpoint(address, false)))
            .collect();
        let port =
            |port: &ServicePort| json!({"name": port.name, "port": port.target_port(), "protocol": port.protocol});
        let ports: Vec<_> = ports.iter().map(port).collect();
        let name = &self.metadata["name"];
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {
                "namespace": self.metadata["namespace"],
                "name": format!("{}-1", name.as_str().unwrap_or_default()),
                "labels": {"kubernetes.io/service-name": name},
            },
            "ports": ports, "endpoints": endpoints,
        })
    }
}

fn one() -> u32 {
    1
}

fn one_port() -> Vec<Value> {
    vec![80.into()]
}

fn tcp() -> String {
    "TCP".to_owned()
}
