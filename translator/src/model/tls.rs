//! What is served over TLS under the name of a host.

use super::{Destination, IpFilter, SecretUse};
use crate::{api::httpproxy::ClientCertificateDetails, object::NamespacedName, settings::Settings};

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsVersion {
    V1_2,
    V1_3,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Secure {
    /// TLS ends here, and the routes follow.
    Routes(Tls),
    /// A TCP connection, with its TLS ended here or passed through.
    Tcp { tls: Option<Tls>, proxy: TcpProxy },
}

/// Where connections go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TcpProxy {
    /// Sorted; never empty.
    pub(crate) destinations: Vec<Destination>,
    /// Judged on the connection's address.
    pub(crate) ip_filter: Option<IpFilter>,
}

/// How TLS is ended for a host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tls {
    pub(crate) certificate: NamespacedName,
    pub(crate) profile: Profile,
    /// The operator's certificate under which the host is also served to clients whose SNI nobody has.
    pub(crate) fallback: Option<NamespacedName>,
}

/// What hosts must have in common to share a filter chain, and may not differ in when they share a scope prefix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Profile {
    pub(crate) minimum: TlsVersion,
    pub(crate) maximum: TlsVersion,
    pub(crate) client: Option<ClientValidation>,
}

/// What is asked of clients.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClientValidation {
    /// Who must have signed a client's certificate; nobody in particular where all are accepted.
    pub(crate) trust: Option<Trust>,
    pub(crate) certificate: ClientCertificate,
    /// Whether a certificate that does not hold is accepted all the same.
    pub(crate) accept_untrusted: bool,
    /// What backends are told of it.
    pub(crate) forward: Option<ClientCertificateDetails>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ClientCertificate {
    Required,
    Optional,
}

/// Authorities, and the lists of what they have revoked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Trust {
    /// A Secret with `ca.crt`.
    pub(crate) authority: Option<NamespacedName>,
    /// A Secret with `crl.pem`.
    pub(crate) revocations: Option<NamespacedName>,
    /// Whether only the leaf is looked up there.
    pub(crate) only_leaf: bool,
}

impl Profile {
    /// That of a host which asks for nothing particular.
    pub(crate) fn of_operator(settings: &Settings) -> Self {
        Self {
            minimum: settings.tls.parameters.minimum,
            maximum: settings.tls.parameters.maximum,
            client: None,
        }
    }

    pub(crate) fn is_default(&self, settings: &Settings) -> bool {
        *self == Self::of_operator(settings)
    }
}

impl Tls {
    /// The operator's certificate if the host may be served under it: connections without a name are all accepted in one
    /// way, so nobody may depend on another.
    pub(crate) fn usable_fallback(&self, settings: &Settings) -> Option<&NamespacedName> {
        self.fallback.as_ref().filter(|_| self.profile.is_default(settings))
    }
}

impl Secure {
    pub(crate) fn tls(&self) -> Option<&Tls> {
        match self {
            Self::Routes(tls) => Some(tls),
            Self::Tcp { tls, .. } => tls.as_ref(),
        }
    }

    pub(crate) fn tcp(&self) -> Option<&TcpProxy> {
        match self {
            Self::Routes(_) => None,
            Self::Tcp { proxy, .. } => Some(proxy),
        }
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretUse> {
        let tls = self.tls();
        let certificates = tls
            .into_iter()
            .flat_map(|tls| [Some(&tls.certificate), tls.fallback.as_ref()]);
        let certificates = certificates.flatten().cloned().map(SecretUse::KeyPair);
        let client = tls.and_then(|tls| tls.profile.client.as_ref());
        let trust = client.and_then(|client| client.trust.clone());
        certificates.chain(trust.map(SecretUse::Trust))
    }
}
