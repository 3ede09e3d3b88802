//! Writes statuses by server-side apply: several at once, a bounded number, only while we are the leader.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use futures::{StreamExt as _, stream};
use isoline_translator::{Kind, ObjectRef};
use k8s_openapi::{api::core::v1::ObjectReference, jiff::Timestamp};
use kube::{
    Api, Client,
    api::{Patch as KubePatch, PatchParams},
    core::DynamicObject,
    runtime::events::{Event, EventType, Recorder, Reporter},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{Book, Patch};
use crate::{
    kubernetes::{metrics::Metrics, watch::Scope},
    xds::Store,
};

/// Who we are to server-side apply.
const FIELD_MANAGER: &str = "isoline";
/// How many writes may be under way at once.
const AT_ONCE: usize = 16;
/// How many objects are taken out of the book together.
const BATCH: usize = 256;
const JOIN_TOGETHER: Duration = Duration::from_secs(1);
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// Writes what the book says.
pub struct Writer {
    client: Client,
    book: Arc<Book>,
    store: Arc<Store>,
    is_leader: watch::Receiver<bool>,
    events: Recorder,
    metrics: Metrics,
}

impl Writer {
    /// Writes by `client` whenever `is_leader`; `instance` is the name in events.
    pub fn new(
        client: Client,
        book: Arc<Book>,
        store: Arc<Store>,
        is_leader: watch::Receiver<bool>,
        instance: String,
        metrics: Metrics,
    ) -> Self {
        let reporter = Reporter {
            controller: FIELD_MANAGER.to_owned(),
            instance: Some(instance),
        };
        Self {
            events: Recorder::new(client.clone(), reporter),
            client,
            book,
            store,
            is_leader,
            metrics,
        }
    }

    /// Writes until nobody elects any more.
    pub async fn run(mut self) -> Result<()> {
        loop {
            self.is_leader.wait_for(|is_leader| *is_leader).await?;
            // Whatever the last leader has left undone.
            self.book.review();
            let mut is_leader = self.is_leader.clone();
            tokio::select! {
                lost = is_leader.wait_for(|is_leader| !is_leader) => drop(lost?),
                () = self.write() => {}
                () = self.follow_envoys() => {}
            }
        }
    }

    async fn write(&self) {
        loop {
            let objects = self.book.next(BATCH).await;
            stream::iter(&objects)
                .for_each_concurrent(AT_ONCE, |object| self.settle(object))
                .await;
        }
    }

    /// What Envoys say changes statuses, too.
    async fn follow_envoys(&self) {
        loop {
            tokio::select! {
                objects = self.store.settled() => self.book.settle(objects),
                () = self.store.joined() => {
                    self.book.review();
                    // Many may come at once.
                    sleep(JOIN_TOGETHER).await;
                }
            }
        }
    }

    async fn settle(&self, object: &ObjectRef) {
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let is_programmed = matches!(object.kind, Kind::HttpProxy | Kind::RoutePolicy);
        let programmed = is_programmed.then(|| self.store.programmed(object));
        let Some(patch) = self.book.plan(object, programmed, &now) else {
            self.metrics.status_unchanged(object.kind);
            return;
        };
        let start = Instant::now();
        let outcome = timeout(WRITE_WITHIN, self.apply(&patch)).await;
        let outcome = outcome.unwrap_or_else(|elapsed| Err(kube::Error::Service(Box::new(elapsed))));
        self.metrics.status_written(object.kind, start.elapsed(), &outcome);
        match outcome {
            Ok(stored) => {
                self.book.written(&patch, stored.data["status"].clone());
                if let Some(complaint) = &patch.complaint {
                    self.complain(&patch, complaint).await;
                }
            }
            Err(kube::Error::Api(status)) if status.code == 404 => {
                tracing::debug!("{object} went before its status was written");
            }
            Err(error) => {
                tracing::warn!("the status of {object} cannot be written, it will be tried again: {error}");
                self.book.failed(object);
            }
        }
    }

    async fn apply(&self, patch: &Patch) -> kube::Result<DynamicObject> {
        let api = self.api(&patch.object);
        let parameters = PatchParams::apply(FIELD_MANAGER).force();
        api.patch_status(&patch.object.name.name, &parameters, &KubePatch::Apply(&patch.body))
            .await
    }

    fn api(&self, object: &ObjectRef) -> Api<DynamicObject> {
        Scope::within(object.kind, &object.name.namespace).api(&self.client)
    }

    /// Tells those who look at events that an object has become invalid.
    async fn complain(&self, patch: &Patch, complaint: &str) {
        let text = |pointer: &str| {
            patch
                .body
                .pointer(pointer)
                .and_then(|it| it.as_str())
                .map(str::to_owned)
        };
        let reference = ObjectReference {
            api_version: text("/apiVersion"),
            kind: text("/kind"),
            name: text("/metadata/name"),
            namespace: text("/metadata/namespace"),
            uid: text("/metadata/uid"),
            ..ObjectReference::default()
        };
        let event = Event {
            type_: EventType::Warning,
            reason: "Invalid".to_owned(),
            note: Some(shortened(complaint)),
            action: "Translate".to_owned(),
            secondary: None,
        };
        if let Err(error) = self.events.publish(&event, &reference).await {
            tracing::debug!("an event on {} cannot be written: {error}", patch.object);
        }
    }
}

/// As much as an event may say.
fn shortened(note: &str) -> String {
    const LONGEST: usize = 1000;
    if note.len() <= LONGEST {
        return note.to_owned();
    }
    format!("{}…", &note[..note.floor_char_boundary(LONGEST)])
}
