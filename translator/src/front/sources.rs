//! By what a listener knows the scheme and the address of a client.

use isoline_policy::{Listener, ProxyProtocol, believes_header, certain_scheme};

use super::{
    Front,
    written::{Written, shown},
};
use crate::settings::{Listeners, Settings};

/// What is known on one listener, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// Its name.
    pub listener: &'static str,
    /// Its port.
    pub port: u16,
    /// The scheme that a client used.
    pub scheme: String,
    /// The address of a client.
    pub client: &'static str,
}

impl Settings {
    /// What is written of the load balancer, by key.
    pub fn written_load_balancer(&self) -> Vec<(&'static str, String)> {
        let mode = ("mode", shown(&self.load_balancer.mode));
        [mode].into_iter().chain(self.written_front.fields()).collect()
    }
}

impl Front {
    /// The settings in force, by key.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let load_balancer = &self.load_balancer;
        let mode = ("mode", shown(&load_balancer.mode));
        [mode]
            .into_iter()
            .chain(Written::all_of(load_balancer).fields())
            .collect()
    }

    /// What is known on each listener that is there, and by what.
    pub fn entrances(&self, listeners: &Listeners) -> Vec<Entrance> {
        let offload = listeners.tls_offload;
        let of = |name, listener, port| Entrance {
            listener: name,
            port,
            scheme: self.scheme_source(listener),
            client: self.client_source(),
        };
        let mut entrances = vec![
            of("http", Listener::Http, listeners.http.port),
            of("https", Listener::Https, listeners.https.port),
        ];
        entrances.extend(
            offload
                .enabled
                .then(|| of("tls-offload", Listener::TlsOffload, offload.port)),
        );
        entrances
    }

    /// By what the scheme of a request is known.
    fn scheme_source(&self, listener: Listener) -> String {
        if listener == Listener::Http && self.unknowable_scheme.is_some() {
            return "unknown".to_owned();
        }
        let load_balancer = &self.load_balancer;
        if let Some(scheme) = certain_scheme(listener, load_balancer) {
            return format!("{}, by the listener", scheme.as_str());
        }
        let mut sources = Vec::new();
        if listener == Listener::Http && load_balancer.proxy_protocol != ProxyProtocol::Off {
            let ports: Vec<_> = load_balancer.tls_ports.iter().map(ToString::to_string).collect();
            sources.push(if ports.is_empty() {
                "by the SSL TLV in the PROXY header".to_owned()
            } else {
                format!("by the PROXY header: https to port {}", ports.join(", "))
            });
        }
        if believes_header(listener, load_balancer) {
            sources.push("by X-Forwarded-Proto of a trusted peer".to_owned());
        }
        sources.join(", else ")
    }

    /// By what the address of a client is known.
    fn client_source(&self) -> &'static str {
        let load_balancer = &self.load_balancer;
        match load_balancer.proxy_protocol {
            _ if !load_balancer.trusted.is_empty() => "by X-Forwarded-For of a trusted peer",
            ProxyProtocol::Required => "by the PROXY header",
            ProxyProtocol::Optional => "by the PROXY header, else the peer",
            ProxyProtocol::Off if self.hides_clients => "unknown: the peer is not the client",
            ProxyProtocol::Off => "the peer",
        }
    }
}
