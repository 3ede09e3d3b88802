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
    certificate::{CertificateError, KeyPair},
    object::{
        Change, EndpointSlice, HttpProxy, Kind, NamespacedName, Object, ObjectRef, Reduced, RoutePolicy, Secret,
        Service,
    },
};

/// Something that a translation may have read, and that may since have changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Read {
    Proxy(NamespacedName),
    /// Which roots claim a host.
    Host(String),
    Service(NamespacedName),
    /// Whether a Secret holds a usable certificate; not which.
    Certificate(NamespacedName),
    /// The delegations of a namespace.
    Delegations(String),
    /// The route policies that target a proxy.
    Policies(NamespacedName),
}

/// What a batch of changes touched.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) reads: BTreeSet<Read>,
    pub(crate) proxies: BTreeSet<NamespacedName>,
    pub(crate) policies: BTreeSet<NamespacedName>,
    /// Services whose endpoints changed.
    pub(crate) endpoints: BTreeSet<NamespacedName>,
    /// Secrets whose certificate or key changed.
    pub(crate) secrets: BTreeSet<NamespacedName>,
}

#[derive(Debug, Default)]
pub(crate) struct Inputs {
    proxies: BTreeMap<NamespacedName, HttpProxy>,
    roots: BTreeMap<String, BTreeSet<NamespacedName>>,
    services: BTreeMap<NamespacedName, Service>,
    slices: BTreeMap<NamespacedName, EndpointSlice>,
    slices_of: BTreeMap<NamespacedName, BTreeSet<NamespacedName>>,
    secrets: BTreeMap<NamespacedName, Secret>,
    delegations: BTreeMap<NamespacedName, DelegationSpec>,
    policies: BTreeMap<NamespacedName, RoutePolicy>,
    policies_of: BTreeMap<NamespacedName, BTreeSet<NamespacedName>>,
}

impl Inputs {
    pub(crate) fn apply(&mut self, change: Change, touched: &mut Touched) {
        match change {
            Change::Upsert(Object(object)) => match object {
                Reduced::HttpProxy(proxy) => self.set_proxy(proxy.name.clone(), Some(proxy), touched),
                Reduced::Delegation(name, spec) => self.set_delegation(name, Some(spec), touched),
                Reduced::RoutePolicy(policy) => self.set_policy(policy.name.clone(), Some(policy), touched),
                Reduced::Service(service) => self.set_service(service.name.clone(), Some(service), touched),
                Reduced::EndpointSlice(slice) => self.set_slice(slice.name.clone(), Some(slice), touched),
                Reduced::Secret(secret) => self.set_secret(secret.name.clone(), Some(secret), touched),
            },
            Change::Delete(ObjectRef { kind, name }) => match kind {
                Kind::HttpProxy => self.set_proxy(name, None, touched),
                Kind::TlsCertificateDelegation => self.set_delegation(name, None, touched),
                Kind::RoutePolicy => self.set_policy(name, None, touched),
                Kind::Service => self.set_service(name, None, touched),
                Kind::EndpointSlice => self.set_slice(name, None, touched),
                Kind::Secret => self.set_secret(name, None, touched),
            },
        }
    }

    fn set_proxy(&mut self, name: NamespacedName, new: Option<HttpProxy>, touched: &mut Touched) {
        let (host, new_host) = (
            self.proxies.get(&name).and_then(HttpProxy::host),
            new.as_ref().and_then(HttpProxy::host),
        );
        if host != new_host {
            for host in host.iter().chain(&new_host) {
                touched.reads.insert(Read::Host(host.clone()));
            }
            relink(&mut self.roots, host, new_host, &name);
        }
        if replace(&mut self.proxies, name.clone(), new) {
            touched.reads.insert(Read::Proxy(name.clone()));
            touched
                .policies
                .extend(self.policies_of.get(&name).into_iter().flatten().cloned());
            touched.proxies.insert(name);
        }
    }

    fn set_delegation(&mut self, name: NamespacedName, new: Option<DelegationSpec>, touched: &mut Touched) {
        let namespace = name.namespace.clone();
        if replace(&mut self.delegations, name, new) {
            touched.reads.insert(Read::Delegations(namespace));
        }
    }

    fn set_policy(&mut self, name: NamespacedName, new: Option<RoutePolicy>, touched: &mut Touched) {
        let (targets, new_targets) = (
            self.policies.get(&name).map(RoutePolicy::targets),
            new.as_ref().map(RoutePolicy::targets),
        );
        for target in targets.iter().chain(&new_targets).flatten() {
            touched.reads.insert(Read::Policies(target.clone()));
        }
        for target in targets.into_iter().flatten() {
            relink(&mut self.policies_of, Some(target.clone()), None, &name);
            touched
                .policies
                .extend(self.policies_of.get(&target).into_iter().flatten().cloned());
        }
        for target in new_targets.into_iter().flatten() {
            relink(&mut self.policies_of, None, Some(target.clone()), &name);
            touched
                .policies
                .extend(self.policies_of.get(&target).into_iter().flatten().cloned());
        }
        replace(&mut self.policies, name.clone(), new);
        touched.policies.insert(name);
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
        let verdict = |secret: Option<&Secret>| secret.map(|secret| secret.certificate.as_ref().err().cloned());
        if verdict(self.secrets.get(&name)) != verdict(new.as_ref()) {
            touched.reads.insert(Read::Certificate(name.clone()));
        }
        if replace(&mut self.secrets, name.clone(), new) {
            touched.secrets.insert(name);
        }
    }

    pub(crate) fn proxy(&self, name: &NamespacedName) -> Option<&HttpProxy> {
        self.proxies.get(name)
    }

    pub(crate) fn policy(&self, name: &NamespacedName) -> Option<&RoutePolicy> {
        self.policies.get(name)
    }

    /// The policy in force on a proxy: the oldest, and among equals the first by name.
    pub(crate) fn policy_of(&self, proxy: &NamespacedName) -> Option<&RoutePolicy> {
        let policies = self
            .policies_of
            .get(proxy)?
            .iter()
            .filter_map(|name| self.policies.get(name));
        policies.min_by_key(|policy| (policy.created, &policy.name))
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
    /// The host that a root claims, in lower case.
    pub(crate) fn host(&self) -> Option<String> {
        self.spec
            .virtualhost
            .as_ref()
            .map(|host| host.fqdn.to_ascii_lowercase())
    }
}

impl EndpointSlice {
    fn owner(&self) -> NamespacedName {
        NamespacedName::new(self.name.namespace.clone(), self.service.clone())
    }
}

impl RoutePolicy {
    pub(crate) fn targets(&self) -> BTreeSet<NamespacedName> {
        let namespace = &self.name.namespace;
        self.spec
            .target_refs
            .iter()
            .map(|target| NamespacedName::new(namespace.clone(), target.name.clone()))
            .collect()
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

    pub(crate) fn proxy(&self, name: &NamespacedName) -> Option<&'a HttpProxy> {
        self.record(Read::Proxy(name.clone()));
        self.inputs.proxies.get(name)
    }

    pub(crate) fn roots_of(&self, host: &str) -> &'a BTreeSet<NamespacedName> {
        static NOBODY: BTreeSet<NamespacedName> = BTreeSet::new();
        self.record(Read::Host(host.to_owned()));
        self.inputs.roots.get(host).unwrap_or(&NOBODY)
    }

    pub(crate) fn service(&self, name: &NamespacedName) -> Option<&'a Service> {
        self.record(Read::Service(name.clone()));
        self.inputs.services.get(name)
    }

    /// Whether a Secret holds a usable certificate: nothing if there is no such Secret.
    pub(crate) fn certificate(&self, name: &NamespacedName) -> Option<Result<(), &'a CertificateError>> {
        self.record(Read::Certificate(name.clone()));
        self.inputs
            .secrets
            .get(name)
            .map(|secret| secret.certificate.as_ref().map(|_| ()))
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

    pub(crate) fn policy_of(&self, proxy: &NamespacedName) -> Option<&'a RoutePolicy> {
        self.record(Read::Policies(proxy.clone()));
        self.inputs.policy_of(proxy)
    }
}
