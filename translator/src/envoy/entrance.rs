//! Where requests come in, and the keys under which each entrance finds its scopes: made from a request by the listener,
//! and from a host by the translator.

use isoline_policy::Listener;

use crate::{model::Profile, resource::short_id, settings::Settings};

/// What stands for a Host that is not the SNI of its connection; no host can be called so, or it would get the requests.
const MISDIRECTED: &str = "-misdirected";

/// A table of scopes. Hosts that ask different things of connections share none, so that no request reaches a host over
/// a connection that was accepted for another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entrance {
    Http,
    TlsOffload,
    /// TLS of the operator's default profile.
    Https,
    /// TLS of another profile, by its id.
    Profile(String),
    /// TLS whose SNI no host has, under the operator's fallback certificate.
    Fallback,
}

impl Entrance {
    /// The one of hosts with a profile.
    pub(crate) fn of_profile(profile: &Profile, settings: &Settings) -> Self {
        if profile.is_default(settings) {
            Self::Https
        } else {
            Self::Profile(short_id(format!("{profile:?}").as_bytes()))
        }
    }

    pub(crate) fn listener(&self) -> Listener {
        match self {
            Self::Http => Listener::Http,
            Self::TlsOffload => Listener::TlsOffload,
            Self::Https | Self::Profile(_) | Self::Fallback => Listener::Https,
        }
    }

    /// Whether Host must be the SNI.
    pub(crate) fn compares_sni(&self) -> bool {
        matches!(self, Self::Https | Self::Profile(_))
    }

    /// The key of a host.
    pub(super) fn key(&self, host: &str) -> String {
        self.key_of_request(host, host)
    }

    /// The key of a request, as it says of itself.
    pub(super) fn key_of_request(&self, sni: &str, host: &str) -> String {
        match self {
            Self::Http => format!("http|{host}"),
            Self::TlsOffload => format!("tls-offload|{host}"),
            Self::Https => format!("https|{sni}|{host}"),
            Self::Profile(id) => format!("https.{id}|{sni}|{host}"),
            Self::Fallback => format!("fallback|{host}"),
        }
    }

    /// The key for hosts that nobody serves.
    pub(super) fn not_found(&self) -> String {
        self.key("*")
    }

    /// The key for requests whose Host is not their SNI.
    pub(super) fn misdirected(&self) -> String {
        self.key(MISDIRECTED)
    }
}

/// A CEL expression that is the name where Host is the SNI, and else what no host is called.
pub(super) fn unless_misdirected(name: &str, sni: &str) -> String {
    format!("{sni} == {name} ? {name} : '{MISDIRECTED}'")
}
