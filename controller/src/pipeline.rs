//! From changed objects to Envoy: a batch is translated, and published at once and as a whole.

use std::{collections::BTreeMap, mem, sync::Arc, time::Instant};

use isoline_translator::{
    Change, Front, Inclusion, NamespacedName, Object, ObjectRef, Resource, ResourceChange, ResourceKey, Settings,
    Status, StatusChange, Translator, UnmetSetting, Warning, policy_filter,
};
use prometheus_client::{
    metrics::histogram::{Histogram, exponential_buckets},
    registry::Registry,
};

use crate::{
    filter,
    state::{Presence, SharedState, State, errors, warnings},
    xds::Store,
};

/// The one writer of a [`Store`] and a [`SharedState`].
#[derive(Debug)]
pub struct Pipeline {
    translator: Translator,
    /// Those in force.
    settings: Settings,
    /// Whether the filter, which holds some of them, is to be published.
    renews_filter: bool,
    warned: Vec<Warning>,
    unmet: Vec<UnmetSetting>,
    pending: Option<Pending>,
    store: Arc<Store>,
    state: SharedState,
    apply_duration: Histogram,
}

/// What was translated and is not published yet.
#[derive(Debug)]
struct Pending {
    since: Instant,
    changes: BTreeMap<ObjectRef, Presence>,
    resources: BTreeMap<ResourceKey, Option<Resource>>,
    statuses: BTreeMap<ObjectRef, Option<Status>>,
}

impl Pipeline {
    /// Nothing read, nothing published.
    pub fn new(settings: Settings, store: Arc<Store>, state: SharedState) -> Self {
        Self {
            translator: Translator::new(settings.clone()),
            settings,
            renews_filter: true,
            warned: Vec::new(),
            unmet: Vec::new(),
            pending: None,
            store,
            state,
            apply_duration: Histogram::new(exponential_buckets(0.000_1, 4.0, 10)),
        }
    }

    /// Adds its metrics and those of its state.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Time from a change of objects to the changed configuration";
        registry.register("apply_duration_seconds", help, self.apply_duration.clone());
        registry.register_collector(Box::new(self.state.clone()));
    }

    /// Whether something looks up that Secret.
    pub fn uses_secret(&self, name: &NamespacedName) -> bool {
        self.translator.uses_secret(name)
    }

    /// Whether an object is a root HTTPProxy that is ours to serve, valid or not.
    pub fn is_our_root(&self, object: &Object) -> bool {
        self.settings.serves_root(object)
    }

    /// What includes what.
    pub fn inclusion(&self) -> Inclusion {
        self.translator.inclusion()
    }

    /// Translates a batch, to be published with whatever comes before the next [`publish`](Self::publish). Returns the
    /// Secrets that are looked up now and were not before, or the other way round.
    pub fn translate(&mut self, changes: Vec<Change>) -> BTreeMap<NamespacedName, bool> {
        let pending = self.pending.get_or_insert_with(Pending::new);
        pending.changes.extend(changes.iter().map(|change| match change {
            Change::Upsert(object) => (object.reference(), Presence::of(object)),
            Change::Delete(object) => (object.clone(), Presence::Gone),
        }));
        let delta = self.translator.apply(changes);
        let resources = delta.resources.into_iter();
        pending
            .resources
            .extend(resources.map(|change| (change.key, change.resource)));
        let statuses = delta.statuses.into_iter();
        pending
            .statuses
            .extend(statuses.map(|change| (change.object, change.status)));
        if let Some(front) = delta.front {
            self.face(front);
        }
        log_unmet(&self.unmet, &delta.unmet);
        self.unmet = delta.unmet;
        delta.secrets_in_use
    }

    /// Takes note of what stands in front of Envoy, and says so.
    fn face(&mut self, front: Front) {
        self.renews_filter |= front.load_balancer != self.settings.load_balancer;
        log_front(&self.warned, &front);
        self.settings.load_balancer = front.load_balancer;
        self.warned = front.warnings;
    }

    /// Publishes what was translated, at once and as a whole. Returns the statuses that differ, and those of the objects
    /// that came: one may have taken the place of another that was the same. The first time brings the filter along, and
    /// what is there without any object; the filter comes again when what stands in front is another.
    pub fn publish(&mut self) -> Vec<StatusChange> {
        let Some(pending) = self.pending.take() else {
            return Vec::new();
        };
        let of_pending = pending.resources.into_iter();
        let mut resources: Vec<_> = of_pending
            .map(|(key, resource)| ResourceChange { key, resource })
            .collect();
        if mem::take(&mut self.renews_filter) {
            resources.push(policy_filter(filter::MODULE, &self.settings));
        }
        let published = resources.len();
        if published > 0 {
            self.store.publish(resources);
        }
        let duration = pending.since.elapsed();
        self.apply_duration.observe(duration.as_secs_f64());
        let objects = pending.changes.len();
        if published > 0 {
            tracing::info!(objects, resources = published, ?duration, "configuration published");
        }
        let of_pending = pending.statuses.into_iter();
        let mut statuses: Vec<_> = of_pending
            .map(|(object, status)| StatusChange { object, status })
            .collect();
        let came: Vec<_> = pending.changes.keys().cloned().collect();
        let mut state = self.state.write();
        log_statuses(&state, &statuses);
        state.absorb(pending.changes, &statuses);
        let of_state = |object: ObjectRef| {
            let status = state.status(&object)?.clone();
            Some(StatusChange {
                object,
                status: Some(status),
            })
        };
        statuses.extend(came.into_iter().filter_map(of_state));
        statuses
    }
}

impl Pending {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            changes: BTreeMap::new(),
            resources: BTreeMap::new(),
            statuses: BTreeMap::new(),
        }
    }
}

fn log_front(warned: &[Warning], front: &Front) {
    if let Some(service) = &front.service {
        let load_balancer = &front.load_balancer;
        let read: Vec<_> = front.readings.iter().map(ToString::to_string).collect();
        tracing::info!(%service, read = read.join("; "), ?load_balancer, "what stands in front of Envoy is known");
    }
    for warning in front.warnings.iter().filter(|warning| !warned.contains(warning)) {
        tracing::warn!("{warning}");
    }
    for warning in warned.iter().filter(|warning| !front.warnings.contains(warning)) {
        tracing::info!("resolved: {warning}");
    }
}

/// What guards requests fails closed meanwhile.
fn log_unmet(before: &[UnmetSetting], now: &[UnmetSetting]) {
    for unmet in now.iter().filter(|unmet| !before.contains(unmet)) {
        tracing::error!("{unmet}");
    }
    for met in before.iter().filter(|unmet| !now.contains(unmet)) {
        tracing::info!("resolved: {met}");
    }
}

fn log_statuses(state: &State, changes: &[StatusChange]) {
    for StatusChange { object, status } in changes {
        let Some(status) = status else { continue };
        let known: Vec<_> = state.status(object).map(warnings).into_iter().flatten().collect();
        for warning in warnings(status).filter(|warning| !known.contains(warning)) {
            tracing::warn!(%object, "{warning}");
        }
        let was_wrong = state.status(object).is_some_and(|before| before.summary() != "valid");
        match status.summary() {
            "valid" if was_wrong => tracing::info!(%object, "object is valid again"),
            "valid" => {}
            status_now => tracing::warn!(%object, errors = errors(status).join("; "), "object is {status_now}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use isoline_translator::{Kind, ResourceType, manifest};

    use super::*;

    const SETTINGS: &str = "{loadBalancer: {mode: Auto}, envoy-service-namespace: edge}";

    /// The Service of Envoy with these annotations of AWS.
    fn service(annotations: &[(&str, &str)]) -> Vec<Change> {
        let annotations: serde_json::Value = annotations
            .iter()
            .map(|(key, value)| {
                (
                    format!("service.beta.kubernetes.io/aws-load-balancer-{key}"),
                    serde_json::json!(value),
                )
            })
            .collect();
        let object = serde_json::json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"namespace": "edge", "name": "envoy", "annotations": annotations},
            "spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [{"port": 80, "targetPort": 8080}]},
        });
        let documents = manifest::parse(&object.to_string()).expect("YAML");
        let contents = documents.into_iter().map(|document| document.content);
        contents
            .map(|content| match content {
                manifest::Content::Object(object) => Change::Upsert(*object),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// The versions of the filter and of the cleartext listener.
    fn versions(store: &Store) -> [String; 2] {
        let filter = policy_filter(&[], &Settings::default()).key;
        let version = |kind, name: &str| store.read(|it| it.get(kind, name).expect("it is there").version.clone());
        [
            version(filter.kind, &filter.name),
            version(ResourceType::Listener, "ingress_http"),
        ]
    }

    #[test]
    fn another_load_balancer_renews_the_listeners_and_the_filter_and_the_same_one_nothing() {
        let store = Arc::new(Store::default());
        let settings = Settings::parse(SETTINGS).expect("right");
        let mut pipeline = Pipeline::new(settings, Arc::clone(&store), SharedState::default());
        let follower = store.subscribe();
        let mut publish = |changes| {
            pipeline.translate(changes);
            pipeline.publish();
            (versions(&store), follower.read(|_, keys| keys.len()))
        };
        let (before, _) = publish(service(&[("type", "nlb")]));
        let (same, published) = publish(service(&[("type", "nlb"), ("scheme", "internal")]));
        assert_eq!((&same, published), (&before, 0));
        let attributes = ("target-group-attributes", "proxy_protocol_v2.enabled=true");
        let (announced, _) = publish(service(&[("type", "nlb"), attributes]));
        assert!(
            announced[0] != before[0] && announced[1] != before[1],
            "{announced:?} after {before:?}"
        );
        let envoy = ObjectRef {
            kind: Kind::Service,
            name: NamespacedName::new("edge", "envoy"),
        };
        let (gone, _) = publish(vec![Change::Delete(envoy)]);
        assert!(
            gone[0] != announced[0] && gone[1] == before[1],
            "{gone:?} after {announced:?}"
        );
    }
}
