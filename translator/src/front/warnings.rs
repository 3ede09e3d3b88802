//! What contradicts itself between the Service, the listeners and what the operator wrote. Each warning names both ways
//! out.

use isoline_policy::{Listener, LoadBalancer, Mode, ProxyProtocol};

use super::{
    aws::{Balancer, SSL_CERT, SSL_PORTS, annotation},
    exposure::Exposure,
    notes::{Notes, Warning},
    ports::ServicePort,
};
use crate::settings::Settings;

/// Everything that can contradict.
pub(super) struct Look<'a> {
    pub(super) settings: &'a Settings,
    pub(super) exposure: &'a Exposure,
    pub(super) balancer: &'a Balancer,
    pub(super) ports: &'a [ServicePort],
    pub(super) announces: bool,
    /// What the Service alone comes to.
    pub(super) found: &'a LoadBalancer,
    pub(super) effective: &'a LoadBalancer,
}

/// Without a Service nobody can tell what stands in front.
pub(super) fn of_absent_service(settings: &Settings, notes: &mut Notes) {
    let name = &settings.process.envoy_service;
    let unwatched = settings
        .watch_namespaces
        .as_ref()
        .is_some_and(|watched| !watched.contains(&name.namespace));
    let message = if unwatched {
        format!(
            "Service {name} is in a namespace that is not watched, so nothing is taken to be in front. Add {} to \
             --watch-namespaces, or write the mode",
            name.namespace
        )
    } else {
        format!(
            "Service {name} is not there, so nothing is taken to be in front. Say which one it is \
             (envoy-service-namespace, envoy-service-name), or write the mode"
        )
    };
    notes.warn("loadBalancer.mode", message);
}

/// Annotations of a load balancer where there is none.
pub(super) fn of_idle_annotations(exposure: &Exposure, notes: &mut Notes) {
    if let Some(key) = exposure.annotations.keys().next() {
        let message = format!(
            "has no effect on a Service of type {}. Make it spec.type: LoadBalancer, or write loadBalancer.mode for \
             what stands in front otherwise",
            exposure.kind
        );
        notes.warn(annotation(key), message);
    }
}

/// A load balancer that passes bytes on vouches for no header.
pub(super) fn of_trust(effective: &LoadBalancer, notes: &mut Notes) {
    if effective.trusted.hops > 0 && matches!(effective.mode, Mode::L4 | Mode::L4Tls) {
        let message = "the load balancer works on connections and writes no X-Forwarded-*: clients can write what is \
                       believed. Write 0, or mode: L7 if a proxy of yours writes them and nobody gets past it";
        notes.warn("loadBalancer.trusted.hops", message);
    }
}

impl Look<'_> {
    pub(super) fn check(&self, hides_clients: bool, notes: &mut Notes) {
        self.check_proxy_protocol(notes);
        if hides_clients {
            self.check_client_addresses(notes);
        }
        for port in self.ports {
            self.check_offload(port, notes);
            self.check_tls_twice(port, notes);
        }
        of_trust(self.effective, notes);
        self.check_headers(notes);
        self.check_tls_ports(notes);
        self.check_external_ports(notes);
    }

    /// TLS was ended on the way to a listener that cannot tell.
    pub(super) fn unknowable_scheme(&self) -> Option<Warning> {
        let effective = self.effective;
        let by_header = effective.mode == Mode::L7 && !effective.trusted.is_empty();
        let by_port = effective.proxy_protocol != ProxyProtocol::Off && !effective.tls_ports.is_empty();
        let to_http = || self.ports.iter().filter(|port| port.listener == Some(Listener::Http));
        let (ended, others): (Vec<_>, Vec<_>) = to_http().partition(|port| port.layer.ends_tls());
        let first = ended.first().filter(|_| !by_header && !by_port)?;
        let http = self.settings.listeners.http.port;
        let offload = self.settings.listeners.tls_offload.port;
        let beside = if others.is_empty() {
            String::new()
        } else {
            format!(" with those of {}", numbers(&others))
        };
        let message = format!(
            "TLS is ended on {} and its connections come to port {http} of Envoy{beside}, in cleartext: whether a client \
             used TLS is unknown, and a redirect to https loops. Either give them a port of their own \
             (listeners.tlsOffload.enabled: true, and targetPort: {offload} for port {} of the Service), or let the load \
             balancer announce each connection ({})",
            numbers(&ended),
            first.port,
            self.balancer.way_to_announce(),
        );
        Some(Warning {
            about: self.ssl_annotation(),
            message,
        })
    }

    fn ssl_annotation(&self) -> String {
        let key = self.exposure.annotation(SSL_PORTS).map_or(SSL_CERT, |_| SSL_PORTS);
        annotation(key)
    }

    /// PROXY on one side only ends every connection.
    fn check_proxy_protocol(&self, notes: &mut Notes) {
        let message = match (self.announces, self.effective.proxy_protocol) {
            (true, ProxyProtocol::Off) => {
                "is Off, but the Service asks for PROXY headers, with which no request can be read. Write Required (or \
                 nothing), or take them from the Service"
                    .to_owned()
            }
            (false, ProxyProtocol::Required) => format!(
                "is Required, but the Service asks for no PROXY headers, without which every connection is closed. \
                 Write Off (or nothing), or ask for them ({})",
                self.balancer.way_to_announce()
            ),
            _ => return,
        };
        notes.warn("loadBalancer.proxyProtocol", message);
    }

    fn check_client_addresses(&self, notes: &mut Notes) {
        let effective = self.effective;
        let is_told = effective.proxy_protocol != ProxyProtocol::Off || !effective.trusted.is_empty();
        if is_told {
            return;
        }
        let announce = format!(
            "let the load balancer announce them ({})",
            self.balancer.way_to_announce()
        );
        match self.balancer {
            Balancer::Classic { .. } => notes.warn(
                "spec.type",
                format!(
                    "a classic load balancer puts its own address in the place of the client's. Either {announce}, or \
                     take a network one (aws-load-balancer-type: external)"
                ),
            ),
            Balancer::Network(network) if network.to_pods => notes.warn(
                annotation(super::aws::TARGET_GROUP_ATTRIBUTES),
                format!(
                    "the load balancer puts its own address in the place of the client's. Either write \
                     preserve_client_ip.enabled=true, or {announce}"
                ),
            ),
            _ if self.exposure.traffic_policy == "Cluster" => notes.warn(
                "spec.externalTrafficPolicy",
                format!(
                    "is Cluster: a node puts its own address in the place of the client's. Either write Local, or \
                     {announce}"
                ),
            ),
            _ => notes.warn(
                annotation(super::aws::TARGET_GROUP_ATTRIBUTES),
                format!("preserve_client_ip.enabled=false hides the client's address. Either remove it, or {announce}"),
            ),
        }
    }

    fn check_offload(&self, port: &ServicePort, notes: &mut Notes) {
        if !port.feeds_tls_offload() {
            return;
        }
        let about = format!("spec.ports[{}].targetPort", port.port);
        let listeners = &self.settings.listeners;
        if !listeners.tls_offload.enabled {
            let message = format!(
                "leads to the listener tls-offload ({}), which is not there. Write listeners.tlsOffload.enabled: true, \
                 or targetPort: {}",
                listeners.tls_offload.port, listeners.http.port
            );
            notes.warn(&about, message);
        }
        if !port.layer.ends_tls() {
            let message = format!(
                "leads to the listener tls-offload, where every request counts as https, but TLS is not ended on port \
                 {}: cleartext passes for https. Write targetPort: {}, or end TLS on it ({})",
                port.port,
                listeners.http.port,
                self.ssl_annotation()
            );
            notes.warn(about, message);
        }
    }

    fn check_tls_twice(&self, port: &ServicePort, notes: &mut Notes) {
        let to_https = port.listener == Some(Listener::Https);
        // A load balancer at layer 7 that encrypts again is meant to.
        if !to_https || !port.layer.ends_tls() || (port.layer.speaks_http() && port.layer.is_encrypted_again()) {
            return;
        }
        let why = if port.layer.is_encrypted_again() {
            "TLS is ended twice, and the second time without the client's server name, by which Envoy finds the host"
        } else {
            "TLS is ended on the way, but this listener expects it: no handshake succeeds"
        };
        let offload = self.settings.listeners.tls_offload.port;
        let message = format!(
            "leads to the listener https, and {why}. Either send it to tls-offload (targetPort: {offload}, \
             listeners.tlsOffload.enabled: true), or pass it through (take {} out of {})",
            port.port,
            self.ssl_annotation()
        );
        notes.warn(format!("spec.ports[{}].targetPort", port.port), message);
    }

    /// Where some ports are passed through, clients could write what the load balancer writes on others.
    fn check_headers(&self, notes: &mut Notes) {
        let through: Vec<_> = self.ports.iter().filter(|port| !port.layer.speaks_http()).collect();
        if self.effective.mode != Mode::L7 || through.is_empty() {
            return;
        }
        let message = format!(
            "{} speaks no HTTP at the load balancer, so its clients write X-Forwarded-* themselves: nobody is believed \
             unless loadBalancer.trusted says so. Either write backend-protocol: http, which makes every port speak it, or \
             take the port out of the Service",
            numbers(&through)
        );
        notes.warn(annotation(super::aws::BACKEND_PROTOCOL), message);
    }

    fn check_tls_ports(&self, notes: &mut Notes) {
        let (written, found) = (&self.settings.written_front.tls_ports, &self.found.tls_ports);
        if let Some(written) = written.as_ref().filter(|written| !is_same(written, found)) {
            let message = format!(
                "is {written:?}, but TLS is ended on {found:?}. Write {found:?} (or nothing), or change {}",
                self.ssl_annotation()
            );
            notes.warn("loadBalancer.tlsPorts", message);
        }
    }

    fn check_external_ports(&self, notes: &mut Notes) {
        let (written, found) = (&self.settings.written_front, self.found.external_ports);
        self.check_external_port("http", written.http, found.http, ServicePort::is_cleartext, notes);
        self.check_external_port("https", written.https, found.https, ServicePort::is_secure, notes);
    }

    fn check_external_port(
        &self,
        scheme: &str,
        written: Option<u16>,
        found: u16,
        counts: fn(&ServicePort) -> bool,
        notes: &mut Notes,
    ) {
        let ports: Vec<_> = self.ports.iter().filter(|port| counts(port)).collect();
        let Some(written) = written.filter(|_| !ports.is_empty()) else {
            return;
        };
        if !ports.iter().any(|port| port.port == written) {
            let message = format!(
                "is {written}, but the Service takes {scheme} on {found}. Write {found} (or nothing), or give the \
                 Service a port {written}"
            );
            notes.warn(format!("loadBalancer.externalPorts.{scheme}"), message);
        }
    }
}

fn is_same(one: &[u16], other: &[u16]) -> bool {
    one.iter().all(|port| other.contains(port)) && other.iter().all(|port| one.contains(port))
}

/// `port 80`, `ports 80, 81`.
fn numbers(ports: &[&ServicePort]) -> String {
    let numbers: Vec<_> = ports.iter().map(|port| port.port.to_string()).collect();
    let word = if ports.len() == 1 { "port" } else { "ports" };
    format!("{word} {}", numbers.join(", "))
}
