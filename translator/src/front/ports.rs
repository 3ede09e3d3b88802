//! The ports of the Service: what becomes of connections to each on the way, and which listener takes them.

use isoline_policy::Listener;

use super::{
    aws::{self, BACKEND_PROTOCOL, Balancer, SSL_CERT, SSL_PORTS, annotation, unknown},
    exposure::{ExposedPort, Exposure, Target},
    notes::Notes,
};
use crate::settings::Listeners;

/// One port, from the client to Envoy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServicePort {
    pub(super) port: u16,
    /// Nothing if it leads to no listener, or nobody can tell.
    pub(super) listener: Option<Listener>,
    pub(super) layer: Layer,
}

/// What the load balancer does with connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    PassesThrough,
    /// TLS ends, bytes go on, perhaps over TLS `again`.
    EndsTls {
        again: bool,
    },
    /// It speaks HTTP and writes headers.
    Http {
        tls: bool,
        again: bool,
    },
}

impl Layer {
    pub(super) fn speaks_http(self) -> bool {
        matches!(self, Self::Http { .. })
    }

    pub(super) fn ends_tls(self) -> bool {
        matches!(self, Self::EndsTls { .. } | Self::Http { tls: true, .. })
    }

    /// Whether it ends TLS and begins another one.
    pub(super) fn is_encrypted_again(self) -> bool {
        matches!(self, Self::EndsTls { again: true } | Self::Http { again: true, .. })
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::PassesThrough => "passed through",
            Self::EndsTls { again: false } => "TLS ended",
            Self::EndsTls { again: true } => "TLS ended and begun again",
            Self::Http { tls: false, .. } => "HTTP",
            Self::Http { again: false, .. } => "HTTP, TLS ended",
            Self::Http { again: true, .. } => "HTTP, TLS ended and begun again",
        }
    }
}

impl ServicePort {
    pub(super) fn feeds_tls_offload(&self) -> bool {
        self.listener == Some(Listener::TlsOffload)
    }

    /// Whether clients speak cleartext to it.
    pub(super) fn is_cleartext(&self) -> bool {
        self.listener == Some(Listener::Http) && !self.layer.ends_tls()
    }

    /// Whether clients speak TLS to it.
    pub(super) fn is_secure(&self) -> bool {
        self.layer.ends_tls() || self.listener == Some(Listener::Https)
    }
}

/// Reads the ports, and the annotations that are about them.
pub(super) fn read(
    exposure: &Exposure,
    balancer: &Balancer,
    listeners: &Listeners,
    notes: &mut Notes,
) -> Vec<ServicePort> {
    let backend = read_backend_protocol(exposure, balancer, notes);
    let ended = Ended::read(exposure, balancer, notes);
    let mut ports = Vec::new();
    for exposed in &exposure.ports {
        let port = ServicePort {
            port: exposed.port,
            listener: listener_of(&exposed.target, listeners),
            layer: balancer.layer(ended.contains(exposed), backend),
        };
        let meaning = format!("{}, to {}", port.layer.meaning(), place(port.listener, listeners));
        notes.read(
            format!("spec.ports[{}].targetPort", exposed.port),
            show(&exposed.target),
            meaning,
        );
        ports.push(port);
    }
    if ports.iter().any(|port| port.layer.ends_tls()) {
        read_alpn_policy(exposure, notes);
    }
    ports
}

/// Where TLS is ended.
enum Ended<'a> {
    Nowhere,
    Everywhere,
    On(Vec<&'a str>),
}

impl<'a> Ended<'a> {
    fn read(exposure: &'a Exposure, balancer: &Balancer, notes: &mut Notes) -> Self {
        let ports = exposure.annotation(SSL_PORTS);
        let Some(certificate) = exposure.annotation(SSL_CERT) else {
            if ports.is_some() {
                let message = format!(
                    "has no effect without {}. Add the certificate with which TLS is to be ended, or remove it",
                    annotation(SSL_CERT)
                );
                notes.warn(annotation(SSL_PORTS), message);
            }
            return Self::Nowhere;
        };
        if *balancer == Balancer::Other {
            return Self::Nowhere;
        }
        notes.read(annotation(SSL_CERT), certificate, "it ends TLS");
        match ports {
            None => Self::Everywhere,
            Some("*") if balancer.knows_asterisk() => {
                notes.read(annotation(SSL_PORTS), "*", "on every port");
                Self::Everywhere
            }
            Some(list) => Self::on_some(list, exposure, notes),
        }
    }

    fn on_some(list: &'a str, exposure: &Exposure, notes: &mut Notes) -> Self {
        let names: Vec<_> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        for name in &names {
            if !exposure.ports.iter().any(|port| is_called(port, name)) {
                let ports = exposure.ports.iter().map(shown_names).collect::<Vec<_>>().join(", ");
                let message = format!(
                    "{name:?} is no port of the Service (there are: {ports}). Correct it, or remove the annotation, which \
                     then means every port"
                );
                notes.warn(annotation(SSL_PORTS), message);
            }
        }
        notes.read(annotation(SSL_PORTS), list, "on these ports");
        Self::On(names)
    }

    fn contains(&self, port: &ExposedPort) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Everywhere => true,
            Self::On(names) => names.iter().any(|name| is_called(port, name)),
        }
    }
}

fn is_called(port: &ExposedPort, name: &str) -> bool {
    name.parse() == Ok(port.port) || (!port.name.is_empty() && port.name == name)
}

fn shown_names(port: &ExposedPort) -> String {
    if port.name.is_empty() {
        port.port.to_string()
    } else {
        format!("{} or {}", port.port, port.name)
    }
}

/// A network load balancer knows only whether to encrypt again.
fn read_backend_protocol<'a>(exposure: &'a Exposure, balancer: &Balancer, notes: &mut Notes) -> &'a str {
    let Some(value) = exposure.annotation(BACKEND_PROTOCOL) else {
        return "tcp";
    };
    let meaning = match (balancer, value) {
        (_, "ssl") => "TLS that it ended begins again",
        (_, "tcp") => "bytes go on as they are",
        (Balancer::Classic { .. }, "http") => "it speaks HTTP and writes X-Forwarded-*",
        (Balancer::Classic { .. }, "https") => "it speaks HTTP over TLS, again, and writes X-Forwarded-*",
        (_, "http" | "https") => "bytes go on as they are: it writes no X-Forwarded-*",
        _ => {
            unknown(
                BACKEND_PROTOCOL,
                value,
                "tcp, ssl, and for a classic one http, https",
                notes,
            );
            return "tcp";
        }
    };
    notes.read(annotation(BACKEND_PROTOCOL), value, meaning);
    value
}

fn read_alpn_policy(exposure: &Exposure, notes: &mut Notes) {
    let Some(value) = exposure.annotation(aws::ALPN_POLICY) else {
        return;
    };
    let meaning = match value {
        "None" | "HTTP1Only" => "clients speak HTTP/1.1",
        "HTTP2Only" => "clients speak HTTP/2",
        "HTTP2Optional" | "HTTP2Preferred" => "clients speak HTTP/1.1 or HTTP/2",
        _ => {
            let words = "None, HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred";
            return unknown(aws::ALPN_POLICY, value, words, notes);
        }
    };
    notes.read(annotation(aws::ALPN_POLICY), value, meaning);
}

/// A name is that of a port of the Pods, which are not read: it is taken for the listener of that name.
fn listener_of(target: &Target, listeners: &Listeners) -> Option<Listener> {
    match target {
        Target::Number(port) if *port == listeners.http.port => Some(Listener::Http),
        Target::Number(port) if *port == listeners.https.port => Some(Listener::Https),
        Target::Number(port) if *port == listeners.tls_offload.port => Some(Listener::TlsOffload),
        Target::Number(_) => None,
        Target::Name(name) => match name.as_str() {
            "http" => Some(Listener::Http),
            "https" => Some(Listener::Https),
            "tls-offload" => Some(Listener::TlsOffload),
            _ => None,
        },
    }
}

fn place(listener: Option<Listener>, listeners: &Listeners) -> String {
    match listener {
        Some(Listener::Http) => format!("listener http ({})", listeners.http.port),
        Some(Listener::Https) => format!("listener https ({})", listeners.https.port),
        Some(Listener::TlsOffload) => format!("listener tls-offload ({})", listeners.tls_offload.port),
        None => "no listener that is known".to_owned(),
    }
}

fn show(target: &Target) -> String {
    match target {
        Target::Number(port) => port.to_string(),
        Target::Name(name) => name.clone(),
    }
}
