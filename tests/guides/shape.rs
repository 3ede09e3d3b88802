//! Which load balancer comes of the files of a guide: what AWS makes of a Service or an Ingress, or HAProxy of its
//! configuration. Whatever it does not know is an error.

use std::{
    collections::{BTreeMap, HashMap},
    net::Ipv4Addr,
};

use anyhow::{Context as _, Result, bail, ensure};
use isoline_tests::{authority::Authority, client::Dial, ports::Ports};
use serde_json::Value;

use crate::{
    front::{Entry, Layer, ProxyHeader},
    haproxy,
};

/// The load balancer's own address, of a guide's network 10.0.0.0/16.
pub(crate) const LOAD_BALANCER: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 7);

const OF_SERVICES: &str = "service.beta.kubernetes.io/aws-load-balancer-";
const OF_INGRESSES: &str = "alb.ingress.kubernetes.io/";

const OF_NETWORK_ONES: &[&str] = &[
    "nlb-target-type",
    "target-group-attributes",
    "ssl-cert",
    "ssl-ports",
    "scheme",
    "healthcheck-protocol",
    "healthcheck-port",
    "healthcheck-path",
    "healthcheck-interval",
    "healthcheck-unhealthy-threshold",
];
const OF_CLASSIC_ONES: &[&str] = &["backend-protocol", "proxy-protocol", "ssl-cert", "ssl-ports"];
const OF_APPLICATION_ONES: &[&str] = &[
    "backend-protocol",
    "listen-ports",
    "certificate-arn",
    "scheme",
    "target-type",
    "healthcheck-protocol",
    "healthcheck-port",
    "healthcheck-path",
    "healthcheck-interval-seconds",
    "unhealthy-threshold-count",
];

/// The files of a guide, by name.
pub(crate) type Files = BTreeMap<String, String>;

pub(crate) fn entries(files: &Files, ports: &Ports) -> Result<Vec<Entry>> {
    let service: Value = serde_saphyr::from_str(files.get("service.yaml").context("no service.yaml")?)?;
    if let Some(configuration) = files.get("haproxy.cfg") {
        return haproxy::entries(configuration, &service, ports).context("haproxy.cfg");
    }
    if let Some(ingress) = files.get("alb.yaml") {
        return alb(&serde_saphyr::from_str(ingress)?, &service, ports).context("alb.yaml");
    }
    ensure!(
        service["spec"]["type"] == "LoadBalancer",
        "no load balancer is made of {service}"
    );
    match service["spec"]["loadBalancerClass"].as_str() {
        Some("service.k8s.aws/nlb") => network(&service, ports),
        None => classic(&service, ports),
        Some(other) => bail!("the class {other:?}"),
    }
}

/// Annotations with a common prefix, without that.
struct Annotations<'a>(HashMap<&'a str, &'a str>);

impl<'a> Annotations<'a> {
    fn read(object: &'a Value, prefix: &str, known: &[&str]) -> Result<Self> {
        let annotations = object["metadata"]["annotations"].as_object();
        let annotations = annotations.into_iter().flatten().map(|(key, value)| {
            let name = key.strip_prefix(prefix).filter(|name| known.contains(name));
            let name = name.with_context(|| format!("the annotation {key}"))?;
            Ok((name, value.as_str().with_context(|| format!("{key} is no text"))?))
        });
        Ok(Self(annotations.collect::<Result<_>>()?))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    /// Whether an attribute of target groups is on; nothing if it is not named.
    fn attribute(&self, name: &str) -> Option<bool> {
        let mut attributes = self.get("target-group-attributes")?.split(',');
        attributes.find_map(|attribute| Some(attribute.split_once('=').filter(|(key, _)| *key == name)?.1 == "true"))
    }

    fn ends_tls(&self, port: u16) -> bool {
        let on = self
            .get("ssl-ports")
            .map(|list| list.split(',').any(|name| name == port.to_string()));
        self.get("ssl-cert").is_some() && on.unwrap_or(true)
    }
}

fn network(service: &Value, ports: &Ports) -> Result<Vec<Entry>> {
    let annotations = Annotations::read(service, OF_SERVICES, OF_NETWORK_ONES)?;
    let to_pods = match annotations.get("nlb-target-type") {
        Some("ip") => true,
        Some("instance") | None => false,
        Some(other) => bail!("the target type {other:?}"),
    };
    let header = match annotations.attribute("proxy_protocol_v2.enabled") {
        Some(true) => ProxyHeader::V2,
        Some(false) | None => ProxyHeader::None,
    };
    let keeps_address = annotations.attribute("preserve_client_ip.enabled").unwrap_or(!to_pods);
    let layer = Layer::Connections { keeps_address, header };
    of_each_port(service, &annotations, &layer, ports)
}

fn classic(service: &Value, ports: &Ports) -> Result<Vec<Entry>> {
    let annotations = Annotations::read(service, OF_SERVICES, OF_CLASSIC_ONES)?;
    let header = match annotations.get("proxy-protocol") {
        Some("*") => ProxyHeader::V1,
        None => ProxyHeader::None,
        Some(other) => bail!("the value {other:?} of proxy-protocol"),
    };
    let layer = match annotations.get("backend-protocol") {
        Some("tcp") => Layer::Connections {
            keeps_address: false,
            header,
        },
        Some("http") => Layer::Requests { client_header: None },
        other => bail!("the backend protocol {other:?}"),
    };
    of_each_port(service, &annotations, &layer, ports)
}

fn of_each_port(service: &Value, annotations: &Annotations<'_>, layer: &Layer, ports: &Ports) -> Result<Vec<Entry>> {
    let of_port = |port: &Value| {
        let number = number(&port["port"])?;
        Ok(Entry {
            port: number,
            ends_tls: annotations.ends_tls(number),
            layer: layer.clone(),
            to: Dial::port(listener(port, ports)?).from(LOAD_BALANCER),
        })
    };
    list(&service["spec"]["ports"]).map(of_port).collect()
}

fn alb(ingress: &Value, service: &Value, ports: &Ports) -> Result<Vec<Entry>> {
    let annotations = Annotations::read(ingress, OF_INGRESSES, OF_APPLICATION_ONES)?;
    let backend = &ingress["spec"]["defaultBackend"]["service"];
    ensure!(
        backend["name"] == service["metadata"]["name"],
        "{backend} is not the Service"
    );
    let port = list(&service["spec"]["ports"]).find(|port| port["name"] == backend["port"]["name"]);
    let to = Dial::port(listener(port.context("no such port")?, ports)?).from(LOAD_BALANCER);
    let to = match annotations.get("backend-protocol") {
        None => to,
        // Of an address no server name is made.
        Some("HTTPS") => to.tls("10.0.1.21", &Authority::trusting_anybody()),
        Some(other) => bail!("the backend protocol {other:?}"),
    };
    let listeners = annotations.get("listen-ports").context("no listen-ports")?;
    let listeners: Vec<BTreeMap<String, u16>> = serde_json::from_str(listeners)?;
    let of_listener = |(protocol, port): (String, u16)| Entry {
        port,
        ends_tls: protocol == "HTTPS",
        layer: Layer::Requests { client_header: None },
        to: to.clone(),
    };
    Ok(listeners.into_iter().flatten().map(of_listener).collect())
}

/// Where the listener of Envoy is that a port of the Service leads to.
pub(crate) fn listener(port: &Value, ports: &Ports) -> Result<u16> {
    Ok(match port["targetPort"].as_str() {
        Some("http") => ports.http(),
        Some("https") => ports.https(),
        Some("tls-offload") => ports.tls_offload(),
        other => bail!("the targetPort {other:?}"),
    })
}

pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn number(value: &Value) -> Result<u16> {
    let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
    number.with_context(|| format!("{value} is no port"))
}
