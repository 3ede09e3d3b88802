//! The objects as they are now, with the indexes that translation looks things up in.
//!
//! Everything is looked up through a [`Reader`], which records what was asked for, found or not: that is how a change
//! finds the virtual hosts that it concerns.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
};

use crate::{
    api::delegation::DelegationSpec,
    certificate::{KeyPair, SecretError},
    front::{Exposure, Front},
    object::{
        Change, EndpointSlice, ExtensionService, HttpProxy, Ingress, Kind, NamespacedName, Object, ObjectRef, Reduced,
        RoutePolicy, Secret, Service,
    },
    route_policy::{self, Standing},
    settings::Settings,
};

/// Something that a translation may have read, and that may since have changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Read {
    Proxy(NamespacedName),
    Ingress(NamespacedName),
    Extension(NamespacedName),
    Service(NamespacedName),
    /// Whether a Secret can be used for what it holds; not which.
    Secret(NamespacedName),
    /// What a Secret holds beside certificates.
    SecretData(NamespacedName),
    /// The delegations of a namespace.
    Delegations(String),
    /// The route policies that target an object.
    Policies(ObjectRef),
}

/// What a batch of changes touched.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) reads: BTreeSet<Read>,
    /// Hosts that a root or an Ingress claims or claimed.
    pub(crate) hosts: BTreeSet<String>,
    /// Objects other than policies whose status may be another one.
    pub(crate) subjects: BTreeSet<ObjectRef>,
    pub(crate) policies: BTreeSet<NamespacedName>,
    /// Services whose endpoints changed.
    pub(crate) endpoints: BTreeSet<NamespacedName>,
    /// Secrets whose content changed.
    pub(crate) secrets: BTreeSet<NamespacedName>,
    /// Whether the Service of Envoy is exposed in another way.
    exposure: bool,
    /// Whether there is something else to say on what stands in front.
    pub(crate) front: bool,
    /// Whether the settings in force are other ones.
    pub(crate) settings: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// Those in force: what stands in front of Envoy is in them.
    settings: Settings,
    written: Settings,
    front: Front,
    /// How the Service of Envoy is exposed, where it tells what stands in front.
    exposure: Option<Box<Exposure>>,
    proxies: BTreeMap<NamespacedName, HttpProxy>,
    /// Proxies of another class.
    foreign: BTreeSet<NamespacedName>,
    roots: BTreeMap<String, BTreeSet<NamespacedName>>,
    ingresses: BTreeMap<NamespacedName, Ingress>,
    ingresses_of: BTreeMap<String, BTreeSet<NamespacedName>>,
    extensions: BTreeMap<NamespacedName, ExtensionService>,
    services: BTreeMap<NamespacedName, Service>,
    slices: BTreeMap<NamespacedName, EndpointSlice>,
    slices_of: BTreeMap<NamespacedName, BTreeSet<NamespacedName>>,
    secrets: BTreeMap<NamespacedName, Secret>,
    delegations: BTreeMap<NamespacedName, DelegationSpec>,
    policies: BTreeMap<NamespacedName, RoutePolicy>,
    policies_of: BTreeMap<ObjectRef, BTreeSet<NamespacedName>>,
}

impl Inputs {
    pub(crate) fn new(settings: Settings) -> Self {
        let mut inputs = Self {
            settings: settings.clone(),
            written: settings,
            ..Self::default()
        };
        inputs.look_in_front(&mut Touched::default());
        inputs
    }

    /// What stands in front of Envoy.
    pub(crate) fn front(&self) -> &Front {
        &self.front
    }

    /// After a batch of changes: looks at what stands in front of Envoy now.
    pub(crate) fn settle_front(&mut self, touched: &mut Touched) {
        if touched.exposure {
            self.look_in_front(touched);
        }
    }

    fn look_in_front(&mut self, touched: &mut Touched) {
        let front = Front::of(&self.written, self.exposure.as_deref());
        touched.front = front != self.front;
        touched.settings = front.load_balancer != self.settings.load_balancer
            || front.ends_tls_before_http() != self.front.ends_tls_before_http();
        if front.unknowable_scheme() != self.front.unknowable_scheme() {
            touched.policies.extend(self.policies.keys().cloned());
        }
        self.settings.load_balancer = front.load_balancer.clone();
        self.front = front;
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn apply(&mut self, change: Change, touched: &mut Touched) {
        match change {
            Change::Upsert(object) if !self.settings.reads(&object.reference()) => {}
            Change::Upsert(Object(object)) => match object {
                Reduced::HttpProxy(proxy) => self.set_proxy(proxy.name.clone(), Some(proxy), touched),
                Reduced::Delegation(name, spec) => self.set_delegation(name, Some(spec), touched),
                Reduced::ExtensionService(it) => self.set_extension(it.name.clone(), Some(it), touched),
                Reduced::RoutePolicy(policy) => self.set_policy(policy.name.clone(), Some(policy), touched),
                Reduced::Ingress(ingress) => self.set_ingress(ingress.name.clone(), Some(ingress), touched),
                Reduced::Service(service, exposure) => {
                    self.expose(&service.name, Some(exposure), touched);
                    self.set_service(service.name.clone(), Some(service), touched);
                }
                Reduced::EndpointSlice(slice) => self.set_slice(slice.name.clone(), Some(slice), touched),
                Reduced::Secret(secret) => self.set_secret(secret.name.clone(), Some(secret), touched),
            },
            Change::Delete(ObjectRef { kind, name }) => match kind {
                Kind::HttpProxy => self.set_proxy(name, None, touched),
                Kind::TlsCertificateDelegation => self.set_delegation(name, None, touched),
                Kind::ExtensionService => self.set_extension(name, None, touched),
                Kind::RoutePolicy => self.set_policy(name, None, touched),
                Kind::Ingress => self.set_ingress(name, None, touched),
                Kind::Service => {
                    self.expose(&name, None, touched);
                    self.set_service(name, None, touched);
                }
                Kind::EndpointSlice => self.set_slice(name, None, touched),
                Kind::Secret => self.set_secret(name, None, touched),
            },
        }
    }

    fn set_proxy(&mut self, name: NamespacedName, new: Option<HttpProxy>, touched: &mut Touched) {
        touched.subjects.insert(Kind::HttpProxy.object(&name));
        let is_foreign = |proxy: &HttpProxy| !self.settings.is_our_class(&proxy.class);
        if new.as_ref().is_some_and(is_foreign) {
            self.foreign.insert(name.clone());
        } else {
            self.foreign.remove(&name);
        }
        let new = new.filter(|proxy| self.settings.is_our_class(&proxy.class));
        let permitted = self.settings.permits_roots_in(&name.namespace);
        let claim = |proxy: Option<&HttpProxy>| proxy.and_then(HttpProxy::host).filter(|_| permitted);
        let (host, new_host) = (claim(self.proxies.get(&name)), claim(new.as_ref()));
        if host != new_host {
            touched.hosts.extend(host.iter().chain(&new_host).cloned());
            relink(&mut self.roots, host, new_host, &name);
        }
        if replace(&mut self.proxies, name.clone(), new) {
            self.touch_policies(&Kind::HttpProxy.object(&name), touched);
            touched.reads.insert(Read::Proxy(name));
        }
    }

    fn set_ingress(&mut self, name: NamespacedName, new: Option<Ingress>, touched: &mut Touched) {
        let new = new.filter(|ingress| self.settings.is_our_class(&ingress.class));
        let claims = |ingress: Option<&Ingress>| ingress.map(Ingress::hosts).unwrap_or_default();
        let (hosts, new_hosts) = (claims(self.ingresses.get(&name)), claims(new.as_ref()));
        touched.hosts.extend(hosts.symmetric_difference(&new_hosts).cloned());
        for host in hosts {
            relink(&mut self.ingresses_of, Some(host), None, &name);
        }
        for host in new_hosts {
            relink(&mut self.ingresses_of, None, Some(host), &name);
        }
        if replace(&mut self.ingresses, name.clone(), new) {
            self.touch_policies(&Kind::Ingress.object(&name), touched);
            touched.reads.insert(Read::Ingress(name));
        }
    }

    fn set_extension(&mut self, name: NamespacedName, new: Option<ExtensionService>, touched: &mut Touched) {
        touched.subjects.insert(Kind::ExtensionService.object(&name));
        if replace(&mut self.extensions, name.clone(), new) {
            touched.reads.insert(Read::Extension(name));
        }
    }

    fn set_delegation(&mut self, name: NamespacedName, new: Option<DelegationSpec>, touched: &mut Touched) {
        touched.subjects.insert(Kind::TlsCertificateDelegation.object(&name));
        let namespace = name.namespace.clone();
        if replace(&mut self.delegations, name, new) {
            touched.reads.insert(Read::Delegations(namespace));
        }
    }

    fn set_policy(&mut self, name: NamespacedName, new: Option<RoutePolicy>, touched: &mut Touched) {
        let targets = |policy: Option<&RoutePolicy>| policy.map(|policy| policy.targets.clone()).unwrap_or_default();
        let (old_targets, new_targets) = (targets(self.policies.get(&name)), targets(new.as_ref()));
        for target in &old_targets {
            relink(&mut self.policies_of, Some(target.clone()), None, &name);
        }
        for target in &new_targets {
            relink(&mut self.policies_of, None, Some(target.clone()), &name);
        }
        for target in old_targets.into_iter().chain(new_targets) {
            self.touch_policies(&target, touched);
            touched.reads.insert(Read::Policies(target));
        }
        replace(&mut self.policies, name.clone(), new);
        touched.policies.insert(name);
    }

    fn touch_policies(&self, target: &ObjectRef, touched: &mut Touched) {
        let policies = self.policies_of.get(target).into_iter().flatten();
        touched.policies.extend(policies.cloned());
    }

    fn expose(&mut self, service: &NamespacedName, exposure: Option<Box<Exposure>>, touched: &mut Touched) {
        if *service == self.written.process.envoy_service && self.exposure != exposure {
            touched.exposure = true;
            self.exposure = exposure;
        }
    }

    fn set_service(&mut self, name: NamespacedName, new: Option<Service>, touched: &mut Touched) {
        if replace(&mut self.services, name.clone(), new) {
            touched.reads.insert(Read::Service(name));
        }
    }

    fn set_slice(&mut self, name: NamespacedName, new: Option<EndpointSlice>, touched: &mut Touched) {
        let (service, new_service) = (
            self.slices.get(&name).map(EndpointSlice::owner),
            new.as_ref().map(EndpointSlice::owner),
        );
        touched.endpoints.extend(service.iter().chain(&new_service).cloned());
        relink(&mut self.slices_of, service, new_service, &name);
        replace(&mut self.slices, name, new);
    }

    fn set_secret(&mut self, name: NamespacedName, new: Option<Secret>, touched: &mut Touched) {
        let old = self.secrets.get(&name);
        if old.map(Secret::verdicts) != new.as_ref().map(Secret::verdicts) {
            touched.reads.insert(Read::Secret(name.clone()));
        }
        if old.map(|secret| &secret.data) != new.as_ref().map(|secret| &secret.data) {
            touched.reads.insert(Read::SecretData(name.clone()));
        }
        if replace(&mut self.secrets, name.clone(), new) {
            touched.secrets.insert(name);
        }
    }

    pub(crate) fn proxy(&self, name: &NamespacedName) -> Option<&HttpProxy> {
        self.proxies.get(name)
    }

    pub(crate) fn proxies(&self) -> impl Iterator<Item = &HttpProxy> {
        self.proxies.values()
    }

    /// Whether there is such a proxy, but of a class that is not ours.
    pub(crate) fn is_foreign(&self, proxy: &NamespacedName) -> bool {
        self.foreign.contains(proxy)
    }

    pub(crate) fn has_extension(&self, name: &NamespacedName) -> bool {
        self.extensions.contains_key(name)
    }

    pub(crate) fn has_delegation(&self, name: &NamespacedName) -> bool {
        self.delegations.contains_key(name)
    }

    /// Whether some object claims a host.
    pub(crate) fn is_claimed(&self, host: &str) -> bool {
        self.roots.contains_key(host) || self.ingresses_of.contains_key(host)
    }

    pub(crate) fn policy(&self, name: &NamespacedName) -> Option<&RoutePolicy> {
        self.policies.get(name)
    }

    /// The policies of an object, as they stand to each other.
    pub(crate) fn policies_of(&self, target: &ObjectRef) -> Standing<'_> {
        let names = self.policies_of.get(target).into_iter().flatten();
        route_policy::standing(names.filter_map(|name| self.policies.get(name)))
    }

    /// Whether there is such an HTTPProxy or Ingress, and of our class.
    pub(crate) fn has_target(&self, target: &ObjectRef) -> bool {
        match target.kind {
            Kind::Ingress => self.ingresses.contains_key(&target.name),
            _ => self.proxies.contains_key(&target.name),
        }
    }

    pub(crate) fn slices(&self, service: &NamespacedName) -> impl Iterator<Item = &EndpointSlice> {
        self.slices_of
            .get(service)
            .into_iter()
            .flatten()
            .filter_map(|name| self.slices.get(name))
    }

    pub(crate) fn key_pair(&self, secret: &NamespacedName) -> Option<&KeyPair> {
        self.secrets.get(secret)?.certificate.as_ref().ok()
    }

    /// Authorities, PEM.
    pub(crate) fn authority(&self, secret: &NamespacedName) -> Option<&[u8]> {
        self.secrets.get(secret)?.authority.as_deref().ok()
    }

    /// Revocation lists, PEM.
    pub(crate) fn revocations(&self, secret: &NamespacedName) -> Option<&[u8]> {
        self.secrets.get(secret)?.revocations.as_deref().ok()
    }
}

/// Sets or removes an entry; says whether anything changed.
fn replace<T: PartialEq>(map: &mut BTreeMap<NamespacedName, T>, name: NamespacedName, new: Option<T>) -> bool {
    match (map.entry(name), new) {
        (Entry::Vacant(_), None) => false,
        (Entry::Vacant(entry), Some(new)) => {
            entry.insert(new);
            true
        }
        (Entry::Occupied(entry), None) => {
            entry.remove();
            true
        }
        (Entry::Occupied(mut entry), Some(new)) => entry.insert(new) != *entry.get(),
    }
}

/// Moves a member from one key of an index to another.
fn relink<K: Ord>(
    index: &mut BTreeMap<K, BTreeSet<NamespacedName>>,
    old: Option<K>,
    new: Option<K>,
    member: &NamespacedName,
) {
    if let Some(Entry::Occupied(mut entry)) = old.map(|old| index.entry(old)) {
        entry.get_mut().remove(member);
        if entry.get().is_empty() {
            entry.remove();
        }
    }
    if let Some(new) = new {
        index.entry(new).or_default().insert(member.clone());
    }
}

impl HttpProxy {
    /// The host that a root claims, in lower case; nobody can claim an empty one.
    pub(crate) fn host(&self) -> Option<String> {
        let host = self.spec.virtualhost.as_ref()?;
        (!host.fqdn.is_empty()).then(|| host.fqdn.to_ascii_lowercase())
    }
}

impl Ingress {
    /// The hosts that its rules and its TLS claim, in lower case; `*` for rules without a host.
    fn hosts(&self) -> BTreeSet<String> {
        let rules = self.spec.rules.iter().flatten();
        let named = rules.map(|rule| rule.host.as_deref().unwrap_or_default());
        let default = self.spec.default_backend.as_ref().map(|_| "");
        let secure = self
            .spec
            .tls
            .iter()
            .flatten()
            .flat_map(|tls| tls.hosts.iter().flatten());
        named
            .chain(default)
            .chain(secure.map(String::as_str))
            .map(|host| {
                if host.is_empty() {
                    "*".to_owned()
                } else {
                    host.to_ascii_lowercase()
                }
            })
            .collect()
    }
}

impl Secret {
    /// What it cannot be used for.
    fn verdicts(&self) -> [Option<&SecretError>; 3] {
        [
            self.certificate.as_ref().err(),
            self.authority.as_ref().err(),
            self.revocations.as_ref().err(),
        ]
    }
}

impl EndpointSlice {
    fn owner(&self) -> NamespacedName {
        NamespacedName::new(self.name.namespace.clone(), self.service.clone())
    }
}

/// Looks objects up and remembers what was asked.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    inputs: &'a Inputs,
    reads: RefCell<BTreeSet<Read>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(inputs: &'a Inputs) -> Self {
        Self {
            inputs,
            reads: RefCell::default(),
        }
    }

    pub(crate) fn into_reads(self) -> BTreeSet<Read> {
        self.reads.into_inner()
    }

    fn record(&self, read: Read) {
        self.reads.borrow_mut().insert(read);
    }

    pub(crate) fn settings(&self) -> &'a Settings {
        &self.inputs.settings
    }

    /// What stands in front of Envoy. Where it is of another kind, everything is dirty.
    pub(crate) fn front(&self) -> &'a Front {
        &self.inputs.front
    }

    pub(crate) fn proxy(&self, name: &NamespacedName) -> Option<&'a HttpProxy> {
        self.record(Read::Proxy(name.clone()));
        self.inputs.proxies.get(name)
    }

    /// The roots that claim a host and may. Who comes to claim it makes the host dirty by itself.
    pub(crate) fn roots_of(&self, host: &str) -> &'a BTreeSet<NamespacedName> {
        static NOBODY: BTreeSet<NamespacedName> = BTreeSet::new();
        self.inputs.roots.get(host).unwrap_or(&NOBODY)
    }

    /// The Ingresses that claim a host, by name. Who comes to claim it makes the host dirty by itself.
    pub(crate) fn ingresses_of(&self, host: &str) -> Vec<&'a Ingress> {
        let names = self.inputs.ingresses_of.get(host).into_iter().flatten();
        names
            .filter_map(|name| {
                self.record(Read::Ingress(name.clone()));
                self.inputs.ingresses.get(name)
            })
            .collect()
    }

    pub(crate) fn extension(&self, name: &NamespacedName) -> Option<&'a ExtensionService> {
        self.record(Read::Extension(name.clone()));
        self.inputs.extensions.get(name)
    }

    pub(crate) fn service(&self, name: &NamespacedName) -> Option<&'a Service> {
        self.record(Read::Service(name.clone()));
        self.inputs.services.get(name)
    }

    fn secret(&self, name: &NamespacedName) -> Option<&'a Secret> {
        self.record(Read::Secret(name.clone()));
        self.inputs.secrets.get(name)
    }

    /// Whether a Secret holds a usable certificate: nothing if there is no such Secret.
    pub(crate) fn certificate(&self, name: &NamespacedName) -> Option<Result<(), &'a SecretError>> {
        self.secret(name).map(|secret| secret.certificate.as_ref().map(|_| ()))
    }

    /// Whether a Secret holds usable authorities: nothing if there is no such Secret.
    pub(crate) fn authority(&self, name: &NamespacedName) -> Option<Result<(), &'a SecretError>> {
        self.secret(name).map(|secret| secret.authority.as_ref().map(|_| ()))
    }

    /// Whether a Secret holds usable revocation lists: nothing if there is no such Secret.
    pub(crate) fn revocations(&self, name: &NamespacedName) -> Option<Result<(), &'a SecretError>> {
        self.secret(name).map(|secret| secret.revocations.as_ref().map(|_| ()))
    }

    /// A Secret for what it holds beside certificates: its type and its other keys.
    pub(crate) fn secret_data(&self, name: &NamespacedName) -> Option<(&'a str, &'a BTreeMap<String, Vec<u8>>)> {
        self.record(Read::SecretData(name.clone()));
        let secret = self.inputs.secrets.get(name)?;
        Some((&secret.kind, &secret.data))
    }

    /// Whether a namespace may use a Secret.
    pub(crate) fn may_use(&self, secret: &NamespacedName, namespace: &str) -> bool {
        if secret.namespace == namespace {
            return true;
        }
        self.record(Read::Delegations(secret.namespace.clone()));
        let start = NamespacedName::new(secret.namespace.clone(), "");
        let of_namespace = self
            .inputs
            .delegations
            .range(start..)
            .take_while(|(name, _)| name.namespace == secret.namespace);
        of_namespace
            .flat_map(|(_, spec)| &spec.delegations)
            .any(|delegation| delegation.permits(&secret.name, namespace))
    }

    pub(crate) fn policies_of(&self, target: &ObjectRef) -> Standing<'a> {
        self.record(Read::Policies(target.clone()));
        self.inputs.policies_of(target)
    }
}
