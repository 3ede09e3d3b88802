//! One watch for each kind, and for each namespace where only some are watched.
//!
//! Whatever goes wrong, a watch goes on: what it said stays said until the API server says otherwise. A kind that the
//! API server does not have counts as having no objects, until it is installed.

use std::{collections::BTreeSet, mem, time::Duration};

use futures::{Stream, StreamExt as _, pin_mut};
use isoline_translator::{Kind, NamespacedName, ObjectRef, Settings};
use kube::{
    Api, Client,
    core::{ApiResource, DynamicObject, GroupVersionKind, ResourceExt as _},
    runtime::{
        WatchStreamExt as _,
        utils::{Backoff, ResetTimerBackoff},
        watcher::{self, Event as Watched, watcher},
    },
};
use tokio::sync::mpsc::Sender;

use super::arrival::Arrival;

/// Secrets that are large, many and never certificates.
const NO_CERTIFICATES: &str = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token";

/// How long a watch that failed waits before it tries again, at first and at most, and how long it must have gone well
/// for that to be forgotten.
const AGAIN: Duration = Duration::from_millis(200);
const AGAIN_WITHIN: Duration = Duration::from_secs(5);
const WELL_AFTER: Duration = Duration::from_mins(1);

/// All that is watched.
#[derive(Debug, Clone)]
pub struct Everything {
    /// These kinds ...
    pub kinds: Vec<Kind>,
    /// ... in these namespaces; in all if not given.
    pub namespaces: Option<BTreeSet<String>>,
}

impl Everything {
    /// What the settings want.
    pub fn of(settings: &Settings) -> Self {
        let is_read = |kind: &Kind| *kind != Kind::ExtensionService || settings.reads_extension_services;
        Self {
            kinds: Kind::ALL.into_iter().filter(is_read).collect(),
            namespaces: settings.watch_namespaces.clone(),
        }
    }

    /// Secrets, or everything else, scope by scope.
    pub fn scopes(&self, secrets: bool) -> Vec<Scope> {
        let kinds = self.kinds.iter().filter(|kind| (**kind == Kind::Secret) == secrets);
        kinds
            .flat_map(|kind| Scope::of(*kind, self.namespaces.as_ref()))
            .collect()
    }
}

/// What one watch is on.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The kind.
    pub kind: Kind,
    /// The only namespace; all if not given.
    pub namespace: Option<String>,
}

/// What a watch says.
#[derive(Debug)]
pub enum Event {
    /// An object came or changed.
    Applied(Box<Arrival>),
    /// An object is gone.
    Deleted(ObjectRef),
    /// Everything that was there at the start has been said.
    Synced,
}

impl Scope {
    /// The objects of a kind in these namespaces, or in all.
    pub fn of(kind: Kind, namespaces: Option<&BTreeSet<String>>) -> Vec<Self> {
        let scope = |namespace| Self { kind, namespace };
        match namespaces {
            Some(namespaces) => namespaces.iter().cloned().map(Some).map(scope).collect(),
            None => vec![scope(None)],
        }
    }

    /// The objects of a kind in one namespace.
    pub fn within(kind: Kind, namespace: &str) -> Self {
        Self {
            kind,
            namespace: Some(namespace.to_owned()),
        }
    }

    /// The part of the API server that holds them.
    pub fn api(&self, client: &Client) -> Api<DynamicObject> {
        let resource = api_resource(self.kind);
        match &self.namespace {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
            None => Api::all_with(client.clone(), &resource),
        }
    }

    fn config(&self) -> watcher::Config {
        let mut config = watcher::Config::default();
        if self.kind == Kind::Secret {
            config = config.fields(NO_CERTIFICATES);
        }
        config
    }

    fn place(&self) -> &str {
        self.namespace.as_deref().unwrap_or("all namespaces")
    }
}

/// How a kind is found in the API.
pub fn api_resource(kind: Kind) -> ApiResource {
    let (group, version) = kind.group_version();
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind.as_str()), kind.plural())
}

/// When what failed is tried again.
pub(super) fn again() -> impl Backoff {
    ResetTimerBackoff::new(Growing(AGAIN), WELL_AFTER)
}

struct Growing(Duration);

impl Iterator for Growing {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let next = (self.0 * 2).min(AGAIN_WITHIN);
        Some(mem::replace(&mut self.0, next))
    }
}

impl Backoff for Growing {
    fn reset(&mut self) {
        self.0 = AGAIN;
    }
}

/// Says all that happens within a scope, until nobody listens any more.
pub async fn follow(client: Client, scope: Scope, events: Sender<Event>) {
    let stream = watcher(scope.api(&client), scope.config());
    Watch::new(scope, events).follow(stream).await;
}

struct Watch {
    scope: Scope,
    events: Sender<Event>,
    /// What was said to be there.
    known: BTreeSet<NamespacedName>,
    /// What has come since a list began.
    listed: BTreeSet<NamespacedName>,
    has_synced: bool,
    /// What is wrong now, so that it is said once.
    trouble: Option<String>,
}

/// Nobody listens any more.
struct Closed;

impl Watch {
    fn new(scope: Scope, events: Sender<Event>) -> Self {
        Self {
            scope,
            events,
            known: BTreeSet::new(),
            listed: BTreeSet::new(),
            has_synced: false,
            trouble: None,
        }
    }

    async fn follow(mut self, stream: impl Stream<Item = watcher::Result<Watched<DynamicObject>>>) {
        let stream = stream.backoff(again());
        pin_mut!(stream);
        while let Some(event) = stream.next().await {
            let outcome = match event {
                Ok(event) => self.take(event).await,
                Err(error) => self.fail(&error).await,
            };
            if outcome.is_err() {
                return;
            }
        }
    }

    async fn take(&mut self, event: Watched<DynamicObject>) -> Result<(), Closed> {
        match event {
            Watched::Init => self.listed.clear(),
            Watched::InitApply(object) => {
                let name = self.arrived(object).await?;
                // A list that breaks off has said it all the same.
                self.known.insert(name.clone());
                self.listed.insert(name);
            }
            Watched::InitDone => {
                self.recover();
                let listed = mem::take(&mut self.listed);
                for gone in mem::replace(&mut self.known, listed.clone()).difference(&listed) {
                    self.delete(gone.clone()).await?;
                }
                self.sync().await?;
            }
            Watched::Apply(object) => {
                self.recover();
                let name = self.arrived(object).await?;
                self.known.insert(name);
            }
            Watched::Delete(object) => {
                let name = NamespacedName::new(object.namespace().unwrap_or_default(), object.name_any());
                self.known.remove(&name);
                self.delete(name).await?;
            }
        }
        Ok(())
    }

    async fn arrived(&mut self, object: DynamicObject) -> Result<NamespacedName, Closed> {
        let arrival = Arrival::new(self.scope.kind, object);
        let name = arrival.reference.name.clone();
        self.say(Event::Applied(Box::new(arrival))).await?;
        Ok(name)
    }

    async fn delete(&mut self, name: NamespacedName) -> Result<(), Closed> {
        let kind = self.scope.kind;
        self.say(Event::Deleted(ObjectRef { kind, name })).await
    }

    async fn sync(&mut self) -> Result<(), Closed> {
        if mem::replace(&mut self.has_synced, true) {
            return Ok(());
        }
        self.say(Event::Synced).await
    }

    async fn say(&self, event: Event) -> Result<(), Closed> {
        self.events.send(event).await.map_err(|_| Closed)
    }

    async fn fail(&mut self, error: &watcher::Error) -> Result<(), Closed> {
        let (kind, place) = (self.scope.kind.as_str(), self.scope.place());
        let (trouble, is_absent) = match code(error) {
            Some(404) => (
                format!(
                    "{kind}: the API server does not have this kind; install it by `isoline crds | kubectl apply --server-side -f -`"
                ),
                true,
            ),
            Some(403) => (
                format!("{kind}: may not be listed and watched in {place}; grant it to the account of the controller"),
                false,
            ),
            // A watch that ends so starts again with a list: that is how it is meant.
            Some(410) => return Ok(()),
            _ => (format!("{kind}: cannot be watched in {place}: {error}"), false),
        };
        if self.trouble.as_ref() != Some(&trouble) {
            tracing::error!("{trouble}");
            self.trouble = Some(trouble);
        }
        if is_absent { self.sync().await } else { Ok(()) }
    }

    fn recover(&mut self) {
        if self.trouble.take().is_some() {
            let (kind, place) = (self.scope.kind.as_str(), self.scope.place());
            tracing::info!("{kind}: watched again in {place}");
        }
    }
}

fn code(error: &watcher::Error) -> Option<u16> {
    match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status))
        | watcher::Error::WatchError(status) => Some(status.code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use kube::core::Status;
    use tokio::sync::mpsc;

    use super::*;

    type Items = Vec<watcher::Result<Watched<DynamicObject>>>;

    /// What is said of events, each in a word.
    async fn said(items: Items) -> Vec<String> {
        let (sender, mut receiver) = mpsc::channel(64);
        let scope = Scope::of(Kind::Service, None).remove(0);
        Watch::new(scope, sender).follow(stream::iter(items)).await;
        let mut said = Vec::new();
        while let Some(event) = receiver.recv().await {
            said.push(match event {
                Event::Applied(arrival) => format!("+{}", arrival.reference.name),
                Event::Deleted(object) => format!("-{}", object.name),
                Event::Synced => "synced".to_owned(),
            });
        }
        said
    }

    fn service(name: &str) -> DynamicObject {
        let mut object = DynamicObject::new(name, &api_resource(Kind::Service)).within("a");
        object.data = serde_json::json!({"spec": {"ports": [{"port": 80}]}});
        object
    }

    fn list(names: &[&str]) -> Items {
        let objects = names.iter().map(|name| Ok(Watched::InitApply(service(name))));
        let whole = [Ok(Watched::Init)].into_iter().chain(objects);
        whole.chain([Ok(Watched::InitDone)]).collect()
    }

    fn refused(code: u16) -> watcher::Error {
        let status = Status {
            code,
            ..Status::default()
        };
        watcher::Error::InitialListFailed(kube::Error::Api(Box::new(status)))
    }

    #[tokio::test]
    async fn what_a_new_list_leaves_out_is_gone() {
        let mut items = list(&["x", "y"]);
        items.push(Ok(Watched::Apply(service("z"))));
        items.extend(list(&["y"]));
        assert_eq!(
            said(items).await,
            ["+a/x", "+a/y", "synced", "+a/z", "+a/y", "-a/x", "-a/z"]
        );
    }

    #[tokio::test]
    async fn a_list_that_breaks_off_takes_nothing_away_and_leaves_nothing_behind() {
        let mut items = list(&["x"]);
        let broken = [
            Ok(Watched::Init),
            Ok(Watched::InitApply(service("y"))),
            Err(refused(500)),
        ];
        items.extend(broken);
        items.extend(list(&["x"]));
        assert_eq!(said(items).await, ["+a/x", "synced", "+a/y", "+a/x", "-a/y"]);
    }

    #[tokio::test]
    async fn a_kind_that_is_not_there_is_empty_and_one_that_is_forbidden_is_not_known() {
        assert_eq!(said(vec![Err(refused(404))]).await, ["synced"]);
        assert!(said(vec![Err(refused(403))]).await.is_empty());
    }

    #[tokio::test]
    async fn a_kind_that_is_gone_later_keeps_its_objects() {
        let mut items = list(&["x"]);
        items.push(Err(refused(404)));
        assert_eq!(said(items).await, ["+a/x", "synced"]);
    }
}
