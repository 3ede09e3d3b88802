//! A model of Envoy beside the stream that serves it: it applies what it is sent as Envoy does, keeps what is on the
//! wire in order, and checks after every step that nothing it holds lacks what it needs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use isoline_envoy_api::{
    Any,
    envoy::service::discovery::v3::{self as discovery, DeltaDiscoveryRequest, DeltaDiscoveryResponse},
    google::rpc::Status,
};
use isoline_translator::{Resource, ResourceChange, ResourceKey, ResourceType};

use super::super::{PerType, Snapshot, Stream};

/// What Envoy keeps of one type.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) started: bool,
    pub(super) names: BTreeSet<String>,
    /// The versions that Envoy states when it comes back: those of responses that it took as a whole.
    pub(super) versions: BTreeMap<String, String>,
    /// What is in force.
    pub(super) active: BTreeMap<String, Resource>,
}

/// A configuration, the stream, the wire, and Envoy.
#[derive(Debug, Default)]
pub(super) struct Envoy {
    pub(super) snapshot: Snapshot,
    pub(super) stream: Stream,
    pub(super) streams: usize,
    pub(super) responses: VecDeque<DeltaDiscoveryResponse>,
    pub(super) requests: VecDeque<DeltaDiscoveryRequest>,
    pub(super) tables: PerType<Table>,
    /// Scopes as Envoy remembers them, whether it serves them or not.
    pub(super) scopes: BTreeMap<String, Any>,
    /// Clusters that were accepted and wait for their endpoints.
    pub(super) warming: BTreeMap<String, Resource>,
    /// What Envoy refuses.
    pub(super) bad: BTreeSet<(ResourceKey, String)>,
    /// Whether Envoy takes the good half of a response that it refuses, as it does for clusters and listeners.
    pub(super) partial: bool,
    /// What Envoy was sent, in order: `type +name@version -name`.
    pub(super) log: Vec<String>,
    /// Everything that was ever published, since a response names only versions.
    pub(super) published: BTreeMap<(ResourceKey, String), Resource>,
}

impl Envoy {
    /// An Envoy that connects for the first time, before its first request arrived.
    pub(super) fn new(configuration: Vec<ResourceChange>) -> Self {
        let mut envoy = Self::default();
        envoy.publish(configuration);
        envoy.begin(ResourceType::Cluster);
        envoy
    }

    /// An Envoy that has taken the whole configuration.
    pub(super) fn settled(configuration: Vec<ResourceChange>) -> Self {
        let mut envoy = Self::new(configuration);
        envoy.settle();
        envoy.log.clear();
        envoy
    }

    pub(super) fn publish(&mut self, changes: Vec<ResourceChange>) {
        let mut keys = BTreeSet::new();
        for change in changes {
            if let Some(resource) = &change.resource {
                self.published
                    .insert((change.key.clone(), resource.version.clone()), resource.clone());
            }
            keys.insert(self.snapshot.apply(change));
        }
        self.stream.on_change(keys);
        self.poll();
    }

    /// Hands the oldest request to the server.
    pub(super) fn serve(&mut self) -> bool {
        let Some(request) = self.requests.pop_front() else {
            return false;
        };
        self.stream.on_request(request, &self.snapshot);
        self.poll();
        true
    }

    /// Hands the oldest response to Envoy.
    pub(super) fn receive(&mut self) -> bool {
        let Some(response) = self.responses.pop_front() else {
            return false;
        };
        let kind = ResourceType::from_type_url(&response.type_url).expect("a type that Envoy asked for");
        self.log.push(line(kind, &response));
        let refused = self.take(kind, &response);
        let error_detail = (!refused.is_empty()).then(|| Status {
            code: 3,
            message: format!("refused {}", refused.join(", ")),
            details: Vec::new(),
        });
        let ack = DeltaDiscoveryRequest {
            response_nonce: response.nonce,
            error_detail,
            ..request(kind)
        };
        self.requests.push_back(ack);
        self.follow();
        self.check();
        true
    }

    /// Moves messages until nobody has anything to say.
    pub(super) fn settle(&mut self) {
        while self.serve() || self.receive() {}
    }

    /// Loses the stream and what was on the wire, and comes back with what it knows.
    pub(super) fn reconnect(&mut self) {
        self.streams += 1;
        self.stream = Stream::new(self.streams.to_string());
        self.responses.clear();
        self.requests.clear();
        // Envoy gives up warming after a while where it already has the endpoints.
        for name in self.warming.keys().cloned().collect::<Vec<_>>() {
            if self.tables[ResourceType::Endpoints].active.contains_key(&name) {
                self.activate(&name);
            }
        }
        for kind in ResourceType::ALL {
            if self.tables[kind].started {
                self.restate(kind);
            }
        }
    }

    /// The first request of a type on this stream.
    pub(super) fn begin(&mut self, kind: ResourceType) {
        self.tables[kind].started = true;
        self.restate(kind);
    }

    pub(super) fn restate(&mut self, kind: ResourceType) {
        let table = &self.tables[kind];
        self.requests.push_back(DeltaDiscoveryRequest {
            resource_names_subscribe: table.names.iter().cloned().collect(),
            initial_resource_versions: table.versions.clone().into_iter().collect(),
            ..request(kind)
        });
    }

    pub(super) fn subscribe(&mut self, kind: ResourceType, name: &str) {
        self.tables[kind].names.insert(name.to_owned());
        if self.tables[kind].started {
            let resource_names_subscribe = vec![name.to_owned()];
            self.requests.push_back(DeltaDiscoveryRequest {
                resource_names_subscribe,
                ..request(kind)
            });
        } else {
            self.begin(kind);
        }
    }

    pub(super) fn unsubscribe(&mut self, kind: ResourceType, name: &str) {
        let table = &mut self.tables[kind];
        table.names.remove(name);
        table.versions.remove(name);
        table.active.remove(name);
        let resource_names_unsubscribe = vec![name.to_owned()];
        self.requests.push_back(DeltaDiscoveryRequest {
            resource_names_unsubscribe,
            ..request(kind)
        });
    }

    /// The version that is in force.
    pub(super) fn version(&self, kind: ResourceType, name: &str) -> Option<&str> {
        self.tables[kind]
            .active
            .get(name)
            .map(|resource| resource.version.as_str())
    }

    fn poll(&mut self) {
        self.responses.extend(self.stream.poll(&self.snapshot));
    }

    /// Applies a response and returns what it refuses of it.
    fn take(&mut self, kind: ResourceType, response: &DeltaDiscoveryResponse) -> Vec<String> {
        let table = &self.tables[kind];
        let is_named = !matches!(
            kind,
            ResourceType::Cluster | ResourceType::Listener | ResourceType::Scope
        );
        // What was on its way when Envoy unsubscribed, it takes without a look.
        let wants = |name: &str| table.started && (!is_named || table.names.contains(name));
        let wanted: Vec<_> = response
            .resources
            .iter()
            .filter(|resource| wants(&resource.name))
            .cloned()
            .collect();
        let is_bad = |resource: &discovery::Resource| {
            self.bad.contains(&(
                ResourceKey {
                    kind,
                    name: resource.name.clone(),
                },
                resource.version.clone(),
            ))
        };
        let bad: Vec<_> = wanted
            .iter()
            .filter(|resource| is_bad(resource))
            .map(|resource| resource.name.clone())
            .collect();
        match kind {
            _ if bad.is_empty() => self.accept(kind, &wanted, &response.removed_resources),
            ResourceType::Scope => self.remember_until(&wanted, &bad[0]),
            ResourceType::Endpoints => bad.iter().for_each(|name| self.activate(name)),
            _ if self.partial => self.accept_part(kind, &wanted, &bad, &response.removed_resources),
            _ => {}
        }
        bad
    }

    fn accept(&mut self, kind: ResourceType, resources: &[discovery::Resource], removed: &[String]) {
        for resource in resources {
            self.tables[kind]
                .versions
                .insert(resource.name.clone(), resource.version.clone());
        }
        self.accept_part(kind, resources, &[], removed);
    }

    fn accept_part(
        &mut self,
        kind: ResourceType,
        resources: &[discovery::Resource],
        bad: &[String],
        removed: &[String],
    ) {
        for name in removed {
            self.remove(kind, name);
        }
        for resource in resources.iter().filter(|resource| !bad.contains(&resource.name)) {
            self.upsert(kind, resource);
        }
    }

    /// Envoy keeps the scopes before one that it refuses, but does not serve them.
    fn remember_until(&mut self, scopes: &[discovery::Resource], bad: &str) {
        for scope in scopes.iter().take_while(|scope| scope.name != bad) {
            self.remember(scope);
        }
    }

    /// Returns whether Envoy remembered the same before.
    fn remember(&mut self, scope: &discovery::Resource) -> bool {
        let body = scope.resource.clone().expect("a body");
        self.scopes.insert(scope.name.clone(), body) == scope.resource
    }

    fn upsert(&mut self, kind: ResourceType, resource: &discovery::Resource) {
        let name = resource.name.clone();
        let key = ResourceKey {
            kind,
            name: name.clone(),
        };
        let published = self.published[&(key, resource.version.clone())].clone();
        match kind {
            ResourceType::Cluster => return self.warm(&name, published),
            // What is not new to Envoy does not reach those who serve.
            ResourceType::Scope if self.remember(resource) => return,
            _ => {}
        }
        self.tables[kind].active.insert(name.clone(), published);
        if kind == ResourceType::Endpoints {
            self.activate(&name);
        }
    }

    fn warm(&mut self, name: &str, resource: Resource) {
        let latest = self
            .warming
            .get(name)
            .or(self.tables[ResourceType::Cluster].active.get(name));
        if latest == Some(&resource) {
            return;
        }
        let endpoints = resource.endpoints.clone();
        self.warming.insert(name.to_owned(), resource);
        match endpoints {
            Some(endpoints) if self.tables[ResourceType::Endpoints].names.contains(&endpoints) => {}
            Some(endpoints) => self.subscribe(ResourceType::Endpoints, &endpoints),
            None => self.activate(name),
        }
    }

    fn activate(&mut self, name: &str) {
        if let Some(cluster) = self.warming.remove(name) {
            self.tables[ResourceType::Cluster]
                .active
                .insert(name.to_owned(), cluster);
        }
    }

    fn remove(&mut self, kind: ResourceType, name: &str) {
        self.tables[kind].active.remove(name);
        self.tables[kind].versions.remove(name);
        if kind == ResourceType::Scope {
            self.scopes.remove(name);
        }
        if kind == ResourceType::Endpoints {
            self.activate(name);
        }
        if kind == ResourceType::Cluster {
            self.warming.remove(name);
            if self.tables[ResourceType::Endpoints].names.contains(name) {
                self.unsubscribe(ResourceType::Endpoints, name);
            }
        }
    }

    /// Envoy asks for listeners when its first clusters are warm, and for scopes while it has a listener.
    fn follow(&mut self) {
        if !self.tables[ResourceType::Listener].started && self.warming.is_empty() {
            self.begin(ResourceType::Listener);
        }
        let listens = !self.tables[ResourceType::Listener].active.is_empty();
        let has_scopes = self.tables[ResourceType::Scope].started;
        if listens && !has_scopes {
            self.subscribe(ResourceType::Scope, "*");
        } else if !listens && has_scopes {
            self.unsubscribe(ResourceType::Scope, "*");
            self.tables[ResourceType::Scope] = Table::default();
            self.scopes.clear();
        }
    }

    #[track_caller]
    fn check(&self) {
        for kind in [ResourceType::Listener, ResourceType::Scope] {
            for (name, resource) in &self.tables[kind].active {
                for cluster in &resource.needs {
                    self.check_cluster(cluster, &format!("{kind:?} {name}@{}", resource.version));
                }
            }
        }
    }

    #[track_caller]
    fn check_cluster(&self, name: &str, user: &str) {
        let Some(cluster) = self.tables[ResourceType::Cluster].active.get(name) else {
            panic!("{user} has no cluster {name}: {:#?}", self.log);
        };
        if let Some(endpoints) = &cluster.endpoints {
            let held = self.tables[ResourceType::Endpoints].active.contains_key(endpoints);
            assert!(held, "{user} has no endpoints {endpoints}: {:#?}", self.log);
        }
    }
}

pub(super) fn request(kind: ResourceType) -> DeltaDiscoveryRequest {
    DeltaDiscoveryRequest {
        type_url: kind.type_url(),
        ..DeltaDiscoveryRequest::default()
    }
}

fn line(kind: ResourceType, response: &DeltaDiscoveryResponse) -> String {
    let added = response
        .resources
        .iter()
        .map(|resource| format!(" +{}@{}", resource.name, resource.version));
    let removed = response.removed_resources.iter().map(|name| format!(" -{name}"));
    format!("{kind:?}{}", added.chain(removed).collect::<String>())
}
