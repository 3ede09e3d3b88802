//! From changes of objects to changes of resources and statuses.
//!
//! The unit of work is one root HTTPProxy. What its translation read is recorded, and a change makes just those roots
//! dirty that read what it touched. Clusters, endpoints and certificates are shared between roots and counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use crate::{
    envoy::{self, Chain},
    inputs::{Inputs, Read, Reader, Touched},
    invariants, model,
    object::{Change, Kind, NamespacedName, Object, ObjectRef},
    proxy,
    resource::{Resource, ResourceChange, ResourceKey, ResourceType},
    settings::Settings,
    shared::Shared,
    status::{Findings, Status, StatusChange},
    translation::{Delta, Translation},
};

/// The objects of a cluster or folder, translated, and kept so that the next change costs only itself.
#[derive(Debug)]
pub struct Translator {
    settings: Settings,
    inputs: Inputs,
    roots: BTreeMap<NamespacedName, Root>,
    readers: BTreeMap<Read, BTreeSet<NamespacedName>>,
    clusters: Shared<model::Cluster>,
    assignments: Shared<Assignment>,
    certificates: Shared<NamespacedName>,
    chains: BTreeMap<Chain, BTreeSet<String>>,
    /// The listeners, and the scopes that are there without any host.
    standing: Vec<ResourceKey>,
    /// What each root found on each proxy.
    findings: BTreeMap<NamespacedName, BTreeMap<NamespacedName, Findings>>,
    /// The versions that the sum of all deltas so far comes to.
    versions: BTreeMap<ResourceKey, String>,
    statuses: BTreeMap<ObjectRef, Status>,
}

/// A Service and the name of one of its ports.
type Assignment = (NamespacedName, String);

/// What one root contributes now.
#[derive(Debug, Default)]
struct Root {
    reads: BTreeSet<Read>,
    scopes: Vec<ResourceKey>,
    clusters: BTreeSet<model::Cluster>,
    certificate: Option<NamespacedName>,
    /// The chain that it needs, and under which name.
    chain: Option<(Chain, String)>,
    /// The proxies that it reached.
    proxies: BTreeSet<NamespacedName>,
}

/// Translates a set of objects once.
pub fn translate(objects: impl IntoIterator<Item = Object>, settings: Settings) -> Translation {
    let mut translation = Translation::default();
    translation.absorb(Translator::new(settings).apply(objects.into_iter().map(Change::Upsert)));
    translation
}

/// What one batch may have changed, to be held against what was.
#[derive(Default)]
struct Edit {
    resources: BTreeMap<ResourceKey, Option<Resource>>,
    clusters: BTreeSet<model::Cluster>,
    assignments: BTreeSet<Assignment>,
    certificates: BTreeSet<NamespacedName>,
    chains_left: BTreeSet<(Chain, String)>,
    chains_joined: BTreeSet<(Chain, String)>,
    proxies: BTreeSet<NamespacedName>,
}

impl Edit {
    /// A host that leaves a chain and joins it again, as every TLS host does whose routes change, touches no listener.
    fn touches_listeners(&self) -> bool {
        self.chains_left != self.chains_joined
    }

    fn put(&mut self, (key, resource): (ResourceKey, Resource)) {
        self.resources.insert(key, Some(resource));
    }

    fn remove(&mut self, key: ResourceKey) {
        self.resources.insert(key, None);
    }
}

impl Translator {
    /// Without any object; the first [`apply`](Self::apply) also returns what is there without any.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            inputs: Inputs::default(),
            roots: BTreeMap::new(),
            readers: BTreeMap::new(),
            clusters: Shared::default(),
            assignments: Shared::default(),
            certificates: Shared::default(),
            chains: BTreeMap::new(),
            standing: Vec::new(),
            findings: BTreeMap::new(),
            versions: BTreeMap::new(),
            statuses: BTreeMap::new(),
        }
    }

    /// Takes a batch of changes; returns only what differs from before.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = Change>) -> Delta {
        let mut touched = Touched::default();
        for change in changes {
            self.inputs.apply(change, &mut touched);
        }
        let mut edit = Edit {
            proxies: touched.proxies.clone(),
            ..Edit::default()
        };
        let dirty = self.dirty(&touched);
        // All leave before any comes, since a host may move from one root to another.
        for root in &dirty {
            self.retract(root, &mut edit);
        }
        for root in &dirty {
            self.contribute(root, &mut edit);
        }
        self.edit_shared(&touched, &mut edit);
        if self.standing.is_empty() || edit.touches_listeners() {
            self.edit_listeners(&mut edit);
        }
        let statuses = self.statuses(&touched, &edit);
        let resources = self.differing(edit.resources);
        debug_assert_eq!(invariants::violations(&resources, &self.versions), Vec::<String>::new());
        Delta { resources, statuses }
    }

    fn dirty(&self, touched: &Touched) -> BTreeSet<NamespacedName> {
        let readers = touched.reads.iter().filter_map(|read| self.readers.get(read)).flatten();
        readers.chain(&touched.proxies).cloned().collect()
    }

    fn retract(&mut self, name: &NamespacedName, edit: &mut Edit) {
        let Some(root) = self.roots.remove(name) else { return };
        for read in root.reads {
            if let Some(readers) = self.readers.get_mut(&read) {
                readers.remove(name);
                if readers.is_empty() {
                    self.readers.remove(&read);
                }
            }
        }
        root.scopes.into_iter().for_each(|scope| edit.remove(scope));
        for cluster in root.clusters {
            self.clusters.release(&cluster);
            edit.clusters.insert(cluster);
        }
        if let Some(certificate) = root.certificate {
            self.certificates.release(&certificate);
            edit.certificates.insert(certificate);
        }
        if let Some((chain, host)) = root.chain {
            if let Some(hosts) = self.chains.get_mut(&chain) {
                hosts.remove(&host);
                if hosts.is_empty() {
                    self.chains.remove(&chain);
                }
            }
            edit.chains_left.insert((chain, host));
        }
        for proxy in root.proxies {
            if let Some(findings) = self.findings.get_mut(&proxy) {
                findings.remove(name);
                if findings.is_empty() {
                    self.findings.remove(&proxy);
                }
            }
            edit.proxies.insert(proxy);
        }
    }

    fn contribute(&mut self, name: &NamespacedName, edit: &mut Edit) {
        let reader = Reader::new(&self.inputs);
        let Some(outcome) = proxy::translate(name, &reader) else {
            return;
        };
        let mut root = Root {
            reads: reader.into_reads(),
            ..Root::default()
        };
        for read in &root.reads {
            self.readers.entry(read.clone()).or_default().insert(name.clone());
        }
        if let Some(host) = outcome.host {
            for scope in envoy::host_scopes(&host, &self.settings) {
                root.scopes.push(scope.0.clone());
                edit.put(scope);
            }
            root.clusters = host.clusters().cloned().collect();
            root.certificate = host.certificate().cloned();
            root.chain = Chain::of(&host).map(|chain| (chain, host.fqdn));
        }
        for cluster in &root.clusters {
            self.clusters.acquire(cluster.clone());
            edit.clusters.insert(cluster.clone());
        }
        if let Some(certificate) = &root.certificate {
            self.certificates.acquire(certificate.clone());
            edit.certificates.insert(certificate.clone());
        }
        if let Some((chain, host)) = &root.chain {
            self.chains.entry(chain.clone()).or_default().insert(host.clone());
            edit.chains_joined.insert((chain.clone(), host.clone()));
        }
        for (proxy, findings) in outcome.findings {
            self.findings
                .entry(proxy.clone())
                .or_default()
                .insert(name.clone(), findings);
            edit.proxies.insert(proxy.clone());
            root.proxies.insert(proxy);
        }
        self.roots.insert(name.clone(), root);
    }

    fn edit_shared(&mut self, touched: &Touched, edit: &mut Edit) {
        for cluster in std::mem::take(&mut edit.clusters) {
            let assignment = (cluster.service.clone(), cluster.port_name.clone());
            match self.clusters.settle(&cluster) {
                Some(true) => self.assignments.acquire(assignment.clone()),
                Some(false) => self.assignments.release(&assignment),
                None => continue,
            }
            edit.assignments.insert(assignment);
            self.edit_cluster(&cluster, edit);
        }
        for service in &touched.endpoints {
            edit.assignments.extend(self.assignments_of(service));
        }
        for assignment in std::mem::take(&mut edit.assignments) {
            self.assignments.settle(&assignment);
            let (service, port) = &assignment;
            let (key, resource) = envoy::endpoints(service, port, self.inputs.slices(service));
            edit.resources
                .insert(key, self.assignments.contains(&assignment).then_some(resource));
        }
        let rotated = touched
            .secrets
            .iter()
            .filter(|secret| self.certificates.contains(secret))
            .cloned();
        edit.certificates.extend(rotated);
        for certificate in std::mem::take(&mut edit.certificates) {
            if self.certificates.settle(&certificate).is_none() && !touched.secrets.contains(&certificate) {
                continue;
            }
            let pair = self
                .inputs
                .key_pair(&certificate)
                .filter(|_| self.certificates.contains(&certificate));
            match pair {
                Some(pair) => edit.put(envoy::secret(&certificate, pair)),
                None => edit.remove(ResourceKey {
                    kind: ResourceType::Secret,
                    name: certificate.to_string(),
                }),
            }
        }
    }

    /// A Service port that got another name is another cluster of the same name: the one that is used counts.
    fn edit_cluster(&self, cluster: &model::Cluster, edit: &mut Edit) {
        let (key, resource) = envoy::cluster(cluster);
        if self.clusters.contains(cluster) {
            edit.put((key, resource));
        } else {
            edit.resources.entry(key).or_insert(None);
        }
    }

    fn assignments_of(&self, service: &NamespacedName) -> Vec<Assignment> {
        let start = Bound::Included((service.clone(), String::new()));
        let of_service = self
            .assignments
            .range((start, Bound::Unbounded))
            .take_while(|(owner, _)| owner == service);
        of_service.cloned().collect()
    }

    fn edit_listeners(&mut self, edit: &mut Edit) {
        for key in self.standing.drain(..) {
            edit.remove(key);
        }
        for (key, resource) in envoy::listeners(&self.chains, &self.settings) {
            self.standing.push(key.clone());
            edit.put((key, resource));
        }
    }

    fn differing(&mut self, edited: BTreeMap<ResourceKey, Option<Resource>>) -> Vec<ResourceChange> {
        let mut changes = Vec::new();
        for (key, resource) in edited {
            let differs = match &resource {
                Some(resource) => {
                    self.versions.insert(key.clone(), resource.version.clone()).as_ref() != Some(&resource.version)
                }
                None => self.versions.remove(&key).is_some(),
            };
            if differs {
                changes.push(ResourceChange { key, resource });
            }
        }
        changes
    }

    fn statuses(&mut self, touched: &Touched, edit: &Edit) -> Vec<StatusChange> {
        let proxies = edit
            .proxies
            .iter()
            .map(|name| (Kind::HttpProxy, name, self.proxy_status(name)));
        let policies = touched
            .policies
            .iter()
            .map(|name| (Kind::RoutePolicy, name, self.policy_status(name)));
        let all: Vec<_> = proxies
            .chain(policies)
            .map(|(kind, name, status)| {
                (
                    ObjectRef {
                        kind,
                        name: name.clone(),
                    },
                    status,
                )
            })
            .collect();
        let mut changes = Vec::new();
        for (object, status) in all {
            let old = match status.clone() {
                Some(status) => self.statuses.insert(object.clone(), status),
                None => self.statuses.remove(&object),
            };
            if old != status {
                changes.push(StatusChange { object, status });
            }
        }
        changes
    }

    /// Where roots disagree, the first that finds an error is right.
    fn proxy_status(&self, name: &NamespacedName) -> Option<Status> {
        self.inputs.proxy(name)?;
        let visits = self.findings.get(name).into_iter().flat_map(BTreeMap::values);
        let verdict = visits.reduce(|verdict, next| if verdict.is_valid() { next } else { verdict });
        Some(verdict.map_or_else(|| Findings::orphaned().status(), Findings::status))
    }

    fn policy_status(&self, name: &NamespacedName) -> Option<Status> {
        let policy = self.inputs.policy(name)?;
        let targets = policy.targets();
        let missing = targets.iter().find(|target| self.inputs.proxy(target).is_none());
        let rival = targets
            .iter()
            .filter_map(|target| self.inputs.policy_of(target))
            .find(|winner| winner.name != *name);
        Some(Status::of_policy(missing, rival.map(|rival| &rival.name)))
    }
}
