//! HAProxy by its configuration: one frontend, one backend, one server on a port of a node.

use anyhow::{Context as _, Result, bail};
use isoline_tests::{client::Dial, ports::Ports};
use serde_json::{Value, json};

use crate::{
    front::{Entry, Layer, ProxyHeader},
    shape::{LOAD_BALANCER, list, listener},
};

pub(crate) fn entries(configuration: &str, service: &Value, ports: &Ports) -> Result<Vec<Entry>> {
    let (mut binds, mut server) = (Vec::new(), None);
    for line in configuration.lines() {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            []
            | ["#" | "timeout", ..]
            | ["defaults"]
            | ["mode", "tcp"]
            | ["frontend" | "backend" | "default_backend", _] => {}
            ["bind", port, "ssl", "crt", _] => binds.push((bound(port)?, true)),
            ["bind", port] => binds.push((bound(port)?, false)),
            ["server", _, address, flags @ ..] => server = Some((leads_to(address, service, ports)?, header(flags)?)),
            other => bail!("the line {other:?}"),
        }
    }
    let (to, header) = server.context("no server")?;
    let of_bind = |(port, ends_tls)| Entry {
        port,
        ends_tls,
        layer: Layer::Connections {
            keeps_address: false,
            header,
        },
        to: Dial::port(to).from(LOAD_BALANCER),
    };
    Ok(binds.into_iter().map(of_bind).collect())
}

fn bound(address: &str) -> Result<u16> {
    let port = address.strip_prefix(':').context("bound to an address")?;
    Ok(port.parse()?)
}

/// Where the listener of Envoy is that a port of a node leads to.
fn leads_to(address: &str, service: &Value, ports: &Ports) -> Result<u16> {
    let (_, node_port) = address.rsplit_once(':').context("a server has a port")?;
    let node_port = json!(node_port.parse::<u16>()?);
    let mut all = list(&service["spec"]["ports"]);
    let port = all.find(|port| port["nodePort"] == node_port);
    listener(port.with_context(|| format!("no nodePort {node_port}"))?, ports)
}

fn header(flags: &[&str]) -> Result<ProxyHeader> {
    Ok(match flags {
        [] => ProxyHeader::None,
        ["send-proxy-v2"] => ProxyHeader::V2,
        ["send-proxy-v2-ssl"] => ProxyHeader::V2Ssl,
        other => bail!("the flags {other:?}"),
    })
}
