//! From changes of objects to changes of resources and statuses.
//!
//! The unit of work is one host, or one extension service. What its translation read is recorded, and a change makes
//! just those units dirty that read what it touched. Clusters, endpoints, secrets, filter chains and token providers are
//! shared between units and counted.

mod edit;
mod on_demand;
mod routes;
mod shared;
mod shares;
mod statuses;
mod unit;

use std::collections::{BTreeMap, BTreeSet};

pub use self::routes::RoutePlace;
use self::{
    edit::Edit,
    shares::Shares,
    statuses::Statuses,
    unit::{Contribution, Unit},
};
use crate::{
    envoy::{self, Chain},
    explain::{self, Expectation, Explanation, Outcome, Request, RequestError},
    extension, host,
    inclusion::{self, Inclusion},
    inputs::{Inputs, Read, Reader, Touched},
    invariants,
    model::{Cluster, SecretUse},
    object::{Change, Kind, NamespacedName, Object, ObjectRef},
    resource::{Resource, ResourceChange, ResourceKey},
    settings::Settings,
    status::{Finding, Findings},
    translation::{Delta, Translation},
};

/// The objects of a cluster or folder, translated, and kept so that the next change costs only itself.
#[derive(Debug)]
pub struct Translator {
    inputs: Inputs,
    units: BTreeMap<Unit, Contribution>,
    readers: BTreeMap<Read, BTreeSet<Unit>>,
    shares: Shares,
    statuses: Statuses,
    /// The listeners, the scopes that are there without any host, and the runtime.
    standing: Vec<ResourceKey>,
    /// The versions that the sum of all deltas so far comes to.
    versions: BTreeMap<ResourceKey, String>,
    /// The same for the Secrets that resources are of no use without, and the policies that are in force in them.
    ties: BTreeMap<ResourceKey, Vec<ObjectRef>>,
}

/// Translates a set of objects once.
pub fn translate(objects: impl IntoIterator<Item = Object>, settings: Settings) -> Translation {
    let mut translation = Translation::default();
    translation.absorb(Translator::new(settings).apply(objects.into_iter().map(Change::Upsert)));
    translation
}

impl Translator {
    /// Without any object; the first [`apply`](Self::apply) also returns what is there without any.
    pub fn new(settings: Settings) -> Self {
        Self {
            inputs: Inputs::new(settings),
            units: BTreeMap::new(),
            readers: BTreeMap::new(),
            shares: Shares::default(),
            statuses: Statuses::default(),
            standing: Vec::new(),
            versions: BTreeMap::new(),
            ties: BTreeMap::new(),
        }
    }

    /// Takes a batch of changes; returns only what differs from before.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = Change>) -> Delta {
        let mut touched = Touched::default();
        for change in changes {
            self.inputs.apply(change, &mut touched);
        }
        self.inputs.settle_front(&mut touched);
        let mut edit = Edit::default();
        let mut dirty = self.dirty(&touched);
        let is_first = self.standing.is_empty();
        if is_first {
            dirty.insert(Unit::Listeners);
        }
        // All leave before any comes, since a proxy may move from one host to another.
        for unit in &dirty {
            self.retract(unit, &mut edit);
        }
        for unit in dirty {
            self.contribute(unit, &mut edit);
        }
        self.shares.settle(&self.inputs, &touched, &mut edit);
        let settings = self.inputs.settings();
        if edit.touches_listeners(|chain, host| self.shares.on_demand.stands(chain, host, settings)) {
            self.edit_listeners(&mut edit);
        }
        let mut secrets_in_use = std::mem::take(&mut edit.secrets_read);
        secrets_in_use.retain(|name, was| std::mem::replace(was, self.uses_secret(name)) != *was);
        let statuses = self.statuses.changes(&self.inputs, &touched, &edit);
        let resources = self.differing(edit.into_resources());
        debug_assert_eq!(invariants::violations(&resources, &self.versions), Vec::<String>::new());
        Delta {
            resources,
            statuses,
            unmet: self.shares.services.unmet.clone(),
            secrets_in_use,
            front: (is_first || touched.front).then(|| self.inputs.front().clone()),
        }
    }

    /// Whether something looks up that Secret, there or not.
    pub fn uses_secret(&self, name: &NamespacedName) -> bool {
        [Read::Secret(name.clone()), Read::SecretData(name.clone())]
            .iter()
            .any(|read| self.readers.contains_key(read))
    }

    /// Takes note that a read comes or goes, before it does.
    fn note_secret(&self, read: &Read, edit: &mut Edit) {
        if let Read::Secret(name) | Read::SecretData(name) = read
            && !edit.secrets_read.contains_key(name)
        {
            edit.secrets_read.insert(name.clone(), self.uses_secret(name));
        }
    }

    /// What becomes of a request, as of now.
    pub fn explain(&self, request: &Request) -> Result<Explanation, RequestError> {
        let has_fallback = self.shares.chains.keys().any(Chain::is_fallback);
        explain::explain(request, &self.inputs, has_fallback)
    }

    /// Whether that becomes of a request which should, as of now.
    pub fn expect(&self, expectation: &Expectation) -> Outcome {
        Outcome::of(expectation, self.explain(&expectation.request))
    }

    /// What its status says is wrong with an object, with the fields that it is about.
    pub fn findings(&self, object: &ObjectRef) -> Vec<Finding> {
        let findings = self.statuses.findings(object, &self.inputs);
        findings.map(Findings::into_all).unwrap_or_default()
    }

    /// The routes of all hosts that an object has a part in, where they stand in Envoy's configuration.
    pub fn routes_of(&self, object: &ObjectRef) -> Vec<RoutePlace> {
        let units = self.statuses.units(object);
        let hosts = units.filter_map(|unit| match unit {
            Unit::Host(fqdn) => Some(fqdn),
            _ => None,
        });
        hosts.flat_map(|fqdn| self.routes_of_host(fqdn)).collect()
    }

    /// The routes of a host, where they stand in Envoy's configuration.
    pub fn routes_of_host(&self, fqdn: &str) -> Vec<RoutePlace> {
        routes::of_host(fqdn, &self.inputs)
    }

    /// Which proxies include which, as of now.
    pub fn inclusion(&self) -> Inclusion {
        inclusion::of(&self.inputs, |object| self.statuses.said(object))
    }

    fn dirty(&self, touched: &Touched) -> BTreeSet<Unit> {
        let readers = touched.reads.iter().filter_map(|read| self.readers.get(read)).flatten();
        let hosts = touched.hosts.iter().cloned().map(Unit::Host);
        let extensions = touched.subjects.iter().filter(|it| it.kind == Kind::ExtensionService);
        let extensions = extensions.map(|extension| Unit::Extension(extension.name.clone()));
        let everything = self.units.keys().filter(|_| touched.settings);
        readers
            .chain(everything)
            .cloned()
            .chain(hosts)
            .chain(extensions)
            .collect()
    }

    fn retract(&mut self, unit: &Unit, edit: &mut Edit) {
        let Some(contribution) = self.units.remove(unit) else {
            return;
        };
        for read in &contribution.reads {
            self.note_secret(read, edit);
            if let Some(readers) = self.readers.get_mut(read) {
                readers.remove(unit);
                if readers.is_empty() {
                    self.readers.remove(read);
                }
            }
        }
        edit.renews_listeners |= *unit == Unit::everybody();
        self.statuses.forget(unit, &contribution.subjects, edit);
        self.shares.release(&contribution, self.inputs.settings(), edit);
        contribution.scopes.into_iter().for_each(|scope| edit.remove(scope));
    }

    fn contribute(&mut self, unit: Unit, edit: &mut Edit) {
        let reader = Reader::new(&self.inputs);
        let settings = self.inputs.settings();
        let mut contribution = Contribution::default();
        let findings = match &unit {
            Unit::Host(fqdn) if !self.inputs.is_claimed(fqdn) => return,
            Unit::Host(fqdn) => {
                let outcome = host::translate(fqdn, &reader);
                if let Some(host) = outcome.host {
                    let secrets: BTreeSet<_> = host.secrets().flat_map(|it| secrets_of(&it)).collect();
                    for mut scope in envoy::host_scopes(&host, settings) {
                        scope.1.secrets = secrets.iter().cloned().collect();
                        contribution.scopes.push(scope.0.clone());
                        edit.put(scope);
                    }
                    contribution.take(host, settings);
                }
                outcome.findings
            }
            Unit::Extension(name) if !self.inputs.has_extension(name) => return,
            Unit::Extension(name) => extension::findings(name, &reader),
            Unit::Listeners => {
                let services = extension::services(&reader);
                contribution.clusters = services.clusters().cloned().collect();
                contribution.secrets = contribution.clusters.iter().flat_map(Cluster::secrets).collect();
                self.shares.services = services;
                edit.renews_listeners = true;
                BTreeMap::new()
            }
        };
        contribution.reads = reader.into_reads();
        contribution.subjects = findings.keys().cloned().collect();
        for read in &contribution.reads {
            self.note_secret(read, edit);
            self.readers.entry(read.clone()).or_default().insert(unit.clone());
        }
        edit.renews_listeners |= unit == Unit::everybody();
        self.statuses.learn(&unit, findings, edit);
        self.shares.acquire(&contribution, self.inputs.settings(), edit);
        self.units.insert(unit, contribution);
    }

    /// The scopes that are there without any host give way to those of the host that is every other one.
    fn edit_listeners(&mut self, edit: &mut Edit) {
        for key in self.standing.drain(..) {
            edit.remove_unless_put(key);
        }
        let of_everybody = self.units.get(&Unit::everybody()).map(|host| &host.scopes);
        let listeners = envoy::listeners(
            &self.shares.chains,
            self.shares.on_demand.is_on,
            &self.shares.services,
            self.inputs.settings(),
        );
        let runtime = envoy::runtime(self.inputs.settings());
        for (key, resource) in listeners.into_iter().chain([runtime]) {
            if of_everybody.is_some_and(|scopes| scopes.contains(&key)) {
                continue;
            }
            self.standing.push(key.clone());
            edit.put((key, resource));
        }
    }

    fn differing(&mut self, edited: BTreeMap<ResourceKey, Option<Resource>>) -> Vec<ResourceChange> {
        let mut changes = Vec::new();
        for (key, resource) in edited {
            let is_tied_otherwise = self.renew_ties(&key, resource.as_ref());
            let differs = match &resource {
                Some(resource) => {
                    self.versions.insert(key.clone(), resource.version.clone()).as_ref() != Some(&resource.version)
                }
                None => self.versions.remove(&key).is_some(),
            };
            if differs || is_tied_otherwise {
                changes.push(ResourceChange { key, resource });
            }
        }
        changes
    }

    /// Whether a resource needs other Secrets or is of other policies than before, although its bytes may be the same.
    fn renew_ties(&mut self, key: &ResourceKey, resource: Option<&Resource>) -> bool {
        let before = self.ties.remove(key).unwrap_or_default();
        let now = resource.map(ties).unwrap_or_default();
        let differs = before != now;
        if !now.is_empty() {
            self.ties.insert(key.clone(), now);
        }
        differs
    }
}

fn secrets_of(secret: &SecretUse) -> Vec<ObjectRef> {
    secret.secrets().map(|name| Kind::Secret.object(name)).collect()
}

fn ties(resource: &Resource) -> Vec<ObjectRef> {
    let policies = resource.origin.iter().filter(|origin| origin.kind == Kind::RoutePolicy);
    resource.secrets.iter().chain(policies).cloned().collect()
}
