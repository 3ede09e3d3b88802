//! The Kubernetes objects that the translator reads, reduced to what it needs of them.

use std::fmt;

/// The kinds of object that the translator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `projectcontour.io/v1`
    HttpProxy,
    /// `projectcontour.io/v1`
    TlsCertificateDelegation,
    /// `isoline.dev/v1alpha1`
    RoutePolicy,
    /// `v1`
    Service,
    /// `discovery.k8s.io/v1`
    EndpointSlice,
    /// `v1`
    Secret,
}

impl Kind {
    /// The name of the kind in the Kubernetes API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HttpProxy => "HTTPProxy",
            Self::TlsCertificateDelegation => "TLSCertificateDelegation",
            Self::RoutePolicy => "RoutePolicy",
            Self::Service => "Service",
            Self::EndpointSlice => "EndpointSlice",
            Self::Secret => "Secret",
        }
    }
}

/// A namespaced name, shown as Kubernetes does: `namespace/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespacedName {
    /// The namespace.
    pub namespace: String,
    /// The name within it.
    pub name: String,
}

impl NamespacedName {
    /// Puts the two halves together.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for NamespacedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// The identity of one object, shown as `HTTPProxy namespace/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace and name.
    pub name: NamespacedName,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)
    }
}
