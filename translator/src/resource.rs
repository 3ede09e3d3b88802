//! What leaves the translator for Envoy: encoded resources with a version made from their content.

use isoline_envoy_api::{
    Any, any,
    envoy::{
        config::core::v3::TypedExtensionConfig,
        config::{
            cluster::v3::Cluster, endpoint::v3::ClusterLoadAssignment, listener::v3::Listener,
            route::v3::ScopedRouteConfiguration,
        },
        extensions::transport_sockets::tls::v3::Secret,
        service::runtime::v3::Runtime,
    },
};
use prost::Name;
use sha2::{Digest, Sha256};

use crate::object::ObjectRef;

/// The kinds of xDS resource that Isoline serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// CDS
    Cluster,
    /// EDS
    Endpoints,
    /// SDS
    Secret,
    /// ECDS
    Extension,
    /// RTDS
    Runtime,
    /// LDS
    Listener,
    /// SRDS
    Scope,
}

impl ResourceType {
    /// Every type, in the order in which new things are made before what needs them.
    pub const ALL: [Self; 7] = [
        Self::Cluster,
        Self::Endpoints,
        Self::Secret,
        Self::Extension,
        Self::Runtime,
        Self::Listener,
        Self::Scope,
    ];

    /// The type URL of the xDS protocol.
    pub fn type_url(self) -> String {
        match self {
            Self::Cluster => Cluster::type_url(),
            Self::Endpoints => ClusterLoadAssignment::type_url(),
            Self::Secret => Secret::type_url(),
            Self::Extension => TypedExtensionConfig::type_url(),
            Self::Runtime => Runtime::type_url(),
            Self::Listener => Listener::type_url(),
            Self::Scope => ScopedRouteConfiguration::type_url(),
        }
    }

    /// The type that a type URL names, if Isoline serves it.
    pub fn from_type_url(url: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.type_url() == url)
    }
}

/// The identity of a resource within the whole configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKey {
    /// Its xDS type.
    pub kind: ResourceType,
    /// Its xDS name.
    pub name: String,
}

/// One encoded resource. Two with one version are the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// A short hash of the content: replicas and restarts agree on it.
    pub version: String,
    /// The packed message.
    pub body: Any,
    /// The names of the clusters that Envoy must hold, with their endpoints, before it may hold this.
    pub needs: Vec<String>,
    /// The EDS name of a cluster's endpoints; nothing for every other type.
    pub endpoints: Option<String>,
    /// The objects that this came from, for errors that name them.
    pub origin: Vec<ObjectRef>,
    /// The Secrets without which it is of no use, although nothing of them is in it.
    pub secrets: Vec<ObjectRef>,
}

impl Resource {
    /// Packs a message and derives its version.
    pub fn new<M: Name>(message: &M) -> Self {
        let body = any(message);
        Self {
            version: short_id(&body.value),
            body,
            needs: Vec::new(),
            endpoints: None,
            origin: Vec::new(),
            secrets: Vec::new(),
        }
    }
}

/// One difference between two configurations.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceChange {
    /// What changed.
    pub key: ResourceKey,
    /// What it is now; nothing if it is gone.
    pub resource: Option<Resource>,
}

/// 128 bits of SHA-256 in 22 characters of base64url: short enough for Envoy's inline strings, long enough that
/// nobody can make two names collide.
pub(crate) fn short_id(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16])
}
