//! The Kubernetes objects that the translator reads, reduced to what it needs of them.
//!
//! Whatever has no effect on the output is dropped here, so that two objects are equal exactly if a change from one to
//! the other changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::IpAddr,
    sync::Arc,
};

use k8s_openapi::{
    api::{core::v1 as core, discovery::v1 as discovery, networking::v1 as networking},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

use crate::{
    api::{
        CustomResource, delegation::DelegationSpec, extensionservice::ExtensionServiceSpec, httpproxy::HttpProxySpec,
        routepolicy::RoutePolicySpec, shared::MatchCondition,
    },
    certificate::{self, KeyPair, SecretError},
    front::Exposure,
    model::{RouteMatch, Terms},
    route_policy,
};

/// The kinds of object that the translator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `projectcontour.io/v1`
    HttpProxy,
    /// `projectcontour.io/v1`
    TlsCertificateDelegation,
    /// `projectcontour.io/v1alpha1`
    ExtensionService,
    /// `isoline.dev/v1alpha1`
    RoutePolicy,
    /// `networking.k8s.io/v1`
    Ingress,
    /// `v1`
    Service,
    /// `discovery.k8s.io/v1`
    EndpointSlice,
    /// `v1`
    Secret,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::HttpProxy,
        Self::TlsCertificateDelegation,
        Self::ExtensionService,
        Self::RoutePolicy,
        Self::Ingress,
        Self::Service,
        Self::EndpointSlice,
        Self::Secret,
    ];

    /// Its group and version in the Kubernetes API; the group of the core is empty.
    pub fn group_version(self) -> (&'static str, &'static str) {
        match self {
            Self::HttpProxy | Self::TlsCertificateDelegation => ("projectcontour.io", "v1"),
            Self::ExtensionService => ("projectcontour.io", "v1alpha1"),
            Self::RoutePolicy => ("isoline.dev", "v1alpha1"),
            Self::Ingress => ("networking.k8s.io", "v1"),
            Self::EndpointSlice => ("discovery.k8s.io", "v1"),
            Self::Service | Self::Secret => ("", "v1"),
        }
    }

    /// Both as an object says them.
    pub fn api_version(self) -> String {
        match self.group_version() {
            ("", version) => version.to_owned(),
            (group, version) => format!("{group}/{version}"),
        }
    }

    /// Its plural in paths of the Kubernetes API.
    pub fn plural(self) -> &'static str {
        match self {
            Self::HttpProxy => "httpproxies",
            Self::TlsCertificateDelegation => "tlscertificatedelegations",
            Self::ExtensionService => "extensionservices",
            Self::RoutePolicy => "routepolicies",
            Self::Ingress => "ingresses",
            Self::Service => "services",
            Self::EndpointSlice => "endpointslices",
            Self::Secret => "secrets",
        }
    }

    /// The object of this kind with that name.
    pub fn object(self, name: &NamespacedName) -> ObjectRef {
        ObjectRef {
            kind: self,
            name: name.clone(),
        }
    }

    /// The name of the kind in the Kubernetes API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HttpProxy => "HTTPProxy",
            Self::TlsCertificateDelegation => "TLSCertificateDelegation",
            Self::ExtensionService => "ExtensionService",
            Self::RoutePolicy => "RoutePolicy",
            Self::Ingress => "Ingress",
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
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
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

/// One object, reduced.
#[derive(Debug, Clone, PartialEq)]
pub struct Object(pub(crate) Reduced);

/// Objects are moved where they are kept, once each.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a box for each would cost more than the move")]
pub(crate) enum Reduced {
    HttpProxy(HttpProxy),
    Delegation(NamespacedName, DelegationSpec),
    ExtensionService(ExtensionService),
    RoutePolicy(RoutePolicy),
    Ingress(Ingress),
    Service(Service, Box<Exposure>),
    EndpointSlice(EndpointSlice),
    Secret(Secret),
}

/// One difference between two sets of objects.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "changes are taken apart where they come in")]
pub enum Change {
    /// The object is there, as given.
    Upsert(Object),
    /// The object is gone.
    Delete(ObjectRef),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HttpProxy {
    pub(crate) name: NamespacedName,
    /// By annotation or field; empty if it has none.
    pub(crate) class: String,
    pub(crate) spec: HttpProxySpec,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExtensionService {
    pub(crate) name: NamespacedName,
    pub(crate) spec: ExtensionServiceSpec,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ingress {
    pub(crate) name: NamespacedName,
    /// By annotation or field; empty if it has none.
    pub(crate) class: String,
    /// Those that may have an effect.
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) spec: networking::IngressSpec,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RoutePolicy {
    pub(crate) name: NamespacedName,
    /// Seconds since 1970, from the object: the older of two policies wins.
    pub(crate) created: i64,
    /// HTTPProxies and Ingresses of its namespace.
    pub(crate) targets: BTreeSet<ObjectRef>,
    /// Nothing if they cannot be read.
    pub(crate) conditions: Option<PolicyConditions>,
    /// Nothing if something of the policy cannot be read.
    pub(crate) terms: Option<Arc<Terms>>,
    /// What cannot be read, and the fix.
    pub(crate) problems: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PolicyConditions {
    /// As written, but without prefixes that say nothing.
    pub(crate) block: Vec<MatchCondition>,
    /// What they come to without those that lead to the target.
    pub(crate) matches: RouteMatch,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Service {
    pub(crate) name: NamespacedName,
    /// The DNS name that a Service of type ExternalName stands for.
    pub(crate) external_name: Option<String>,
    pub(crate) ports: Vec<ServicePort>,
    /// Those that may have an effect.
    pub(crate) annotations: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ServicePort {
    pub(crate) name: String,
    pub(crate) port: i32,
    pub(crate) protocol: String,
    pub(crate) app_protocol: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EndpointSlice {
    pub(crate) name: NamespacedName,
    pub(crate) service: String,
    /// Numbers by port name, TCP only.
    pub(crate) ports: BTreeMap<String, u16>,
    /// Those that are ready.
    pub(crate) addresses: Vec<IpAddr>,
}

/// A Secret with what it can be used for.
#[derive(Clone, PartialEq)]
pub(crate) struct Secret {
    pub(crate) name: NamespacedName,
    /// `Opaque`, `kubernetes.io/tls` and so on.
    pub(crate) kind: String,
    pub(crate) certificate: Result<KeyPair, SecretError>,
    /// `ca.crt`, PEM.
    pub(crate) authority: Result<Vec<u8>, SecretError>,
    /// `crl.pem`, PEM.
    pub(crate) revocations: Result<Vec<u8>, SecretError>,
    /// Every other key.
    pub(crate) data: BTreeMap<String, Vec<u8>>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

impl Object {
    /// What it is called.
    pub fn name(&self) -> &NamespacedName {
        match &self.0 {
            Reduced::HttpProxy(proxy) => &proxy.name,
            Reduced::Delegation(name, _) => name,
            Reduced::ExtensionService(extension) => &extension.name,
            Reduced::RoutePolicy(policy) => &policy.name,
            Reduced::Ingress(ingress) => &ingress.name,
            Reduced::Service(service, _) => &service.name,
            Reduced::EndpointSlice(slice) => &slice.name,
            Reduced::Secret(secret) => &secret.name,
        }
    }

    /// The host that it claims as a root HTTPProxy, in lower case.
    pub fn virtual_host(&self) -> Option<String> {
        match &self.0 {
            Reduced::HttpProxy(proxy) => proxy.host(),
            _ => None,
        }
    }

    /// Its kind and name.
    pub fn reference(&self) -> ObjectRef {
        let kind = match &self.0 {
            Reduced::HttpProxy(_) => Kind::HttpProxy,
            Reduced::Delegation(..) => Kind::TlsCertificateDelegation,
            Reduced::ExtensionService(_) => Kind::ExtensionService,
            Reduced::RoutePolicy(_) => Kind::RoutePolicy,
            Reduced::Ingress(_) => Kind::Ingress,
            Reduced::Service(..) => Kind::Service,
            Reduced::EndpointSlice(_) => Kind::EndpointSlice,
            Reduced::Secret(_) => Kind::Secret,
        };
        ObjectRef {
            kind,
            name: self.name().clone(),
        }
    }

    /// The same object with `offset` added to the ports of endpoints on a loopback address: for running a second copy
    /// of local backends beside the first.
    #[must_use]
    pub fn with_loopback_port_offset(mut self, offset: u16) -> Self {
        if let Reduced::EndpointSlice(slice) = &mut self.0
            && slice.addresses.iter().all(IpAddr::is_loopback)
        {
            slice
                .ports
                .values_mut()
                .for_each(|port| *port = port.saturating_add(offset));
        }
        self
    }

    pub(crate) fn http_proxy(resource: CustomResource<HttpProxySpec>) -> Self {
        let class = class(&resource.metadata, Some(&resource.spec.ingress_class_name));
        Self(Reduced::HttpProxy(HttpProxy {
            name: name(resource.metadata),
            class,
            spec: resource.spec,
        }))
    }

    pub(crate) fn extension_service(resource: CustomResource<ExtensionServiceSpec>) -> Self {
        Self(Reduced::ExtensionService(ExtensionService {
            name: name(resource.metadata),
            spec: resource.spec,
        }))
    }

    /// Reduces a `networking.k8s.io/v1` Ingress.
    pub fn ingress(ingress: networking::Ingress) -> Self {
        let spec = ingress.spec.unwrap_or_default();
        let class = class(&ingress.metadata, spec.ingress_class_name.as_ref());
        let annotations = annotations(&ingress.metadata, |key| {
            key.starts_with("projectcontour.io/")
                || key.starts_with("ingress.kubernetes.io/")
                || key == "kubernetes.io/ingress.allow-http"
        });
        Self(Reduced::Ingress(Ingress {
            name: name(ingress.metadata),
            class,
            annotations,
            spec,
        }))
    }

    pub(crate) fn delegation(resource: CustomResource<DelegationSpec>) -> Self {
        Self(Reduced::Delegation(name(resource.metadata), resource.spec))
    }

    pub(crate) fn route_policy(resource: CustomResource<RoutePolicySpec>) -> Self {
        let created = resource
            .metadata
            .creation_timestamp
            .as_ref()
            .map_or(0, |time| time.0.as_second());
        let name = name(resource.metadata);
        Self(Reduced::RoutePolicy(route_policy::read(name, created, &resource.spec)))
    }

    /// Reduces a `v1` Service.
    pub fn service(service: core::Service) -> Self {
        let spec = service.spec.unwrap_or_default();
        let exposure = Exposure::of(&spec, service.metadata.annotations.as_ref());
        let ports = spec.ports.unwrap_or_default().into_iter().map(|port| ServicePort {
            name: port.name.unwrap_or_default(),
            port: port.port,
            protocol: port.protocol.unwrap_or_else(|| "TCP".to_owned()),
            app_protocol: port.app_protocol,
        });
        let is_external_name = spec.type_.as_deref() == Some("ExternalName");
        let annotations = annotations(&service.metadata, |key| key.starts_with("projectcontour.io/"));
        let service = Service {
            name: name(service.metadata),
            external_name: is_external_name.then(|| spec.external_name.unwrap_or_default()),
            ports: ports.collect(),
            annotations,
        };
        Self(Reduced::Service(service, Box::new(exposure)))
    }

    /// Reduces a `discovery.k8s.io/v1` EndpointSlice. An endpoint counts by its first address, and is ready unless it
    /// says otherwise.
    pub fn endpoint_slice(slice: discovery::EndpointSlice) -> Self {
        let labels = slice.metadata.labels.clone().unwrap_or_default();
        let service = labels.get("kubernetes.io/service-name").cloned().unwrap_or_default();
        let ports = slice
            .ports
            .unwrap_or_default()
            .into_iter()
            .filter(|port| port.protocol.as_deref().unwrap_or("TCP") == "TCP");
        let ready = slice.endpoints.into_iter().filter(|endpoint| {
            endpoint
                .conditions
                .as_ref()
                .and_then(|conditions| conditions.ready)
                .unwrap_or(true)
        });
        Self(Reduced::EndpointSlice(EndpointSlice {
            name: name(slice.metadata),
            service,
            ports: ports
                .filter_map(|port| Some((port.name.unwrap_or_default(), u16::try_from(port.port?).ok()?)))
                .collect(),
            addresses: ready
                .filter_map(|endpoint| endpoint.addresses.first()?.parse().ok())
                .collect(),
        }))
    }

    /// Reduces a `v1` Secret to what it can be used for, or why it cannot.
    pub fn secret(secret: core::Secret) -> Self {
        let mut data: BTreeMap<String, Vec<u8>> = secret
            .data
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (key, value.0))
            .collect();
        data.extend(
            secret
                .string_data
                .unwrap_or_default()
                .into_iter()
                .map(|(key, value)| (key, value.into_bytes())),
        );
        let kind = secret.type_.unwrap_or_else(|| "Opaque".to_owned());
        let usable = matches!(kind.as_str(), "kubernetes.io/tls" | "Opaque");
        let (certificate, authority, revocations) = if usable {
            (
                certificate::key_pair(&mut data),
                certificate::authority(&mut data),
                certificate::revocations(&mut data),
            )
        } else {
            data.clear();
            (Err(SecretError::Type), Err(SecretError::Type), Err(SecretError::Type))
        };
        data.remove("tls.key");
        Self(Reduced::Secret(Secret {
            name: name(secret.metadata),
            kind,
            certificate,
            authority,
            revocations,
            data,
        }))
    }
}

/// The class that an object asks for; an annotation counts more than the field.
fn class(metadata: &ObjectMeta, field: Option<&String>) -> String {
    let annotations = metadata.annotations.as_ref();
    let annotation = |key: &str| annotations.and_then(|annotations| annotations.get(key));
    annotation("projectcontour.io/ingress.class")
        .or_else(|| annotation("kubernetes.io/ingress.class"))
        .or(field)
        .cloned()
        .unwrap_or_default()
}

fn annotations(metadata: &ObjectMeta, counts: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let all = metadata.annotations.iter().flatten();
    all.filter(|(key, _)| counts(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn name(metadata: ObjectMeta) -> NamespacedName {
    let namespace = metadata
        .namespace
        .filter(|namespace| !namespace.is_empty())
        .unwrap_or_else(|| "default".to_owned());
    NamespacedName::new(namespace, metadata.name.unwrap_or_default())
}
