//! What the watches say goes to the pipeline, batch by batch: whatever has come while the last batch was worked on.
//!
//! Secrets come last. Of those that nothing refers to only the name is kept; when something comes to refer to one, it is
//! fetched before what refers to it is published.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use anyhow::{Result, bail, ensure};
use futures::{StreamExt as _, stream};
use isoline_translator::{Change, Inclusion, Kind, NamespacedName, ObjectRef};
use kube::{Client, api::ListParams};
use serde_json::Value;
use tokio::{
    sync::{
        mpsc::{self, Receiver, Sender},
        oneshot,
    },
    task::{JoinSet, block_in_place},
    time::{sleep, timeout},
};

use super::{
    arrival::Arrival,
    certificates::Certificates,
    status::Book,
    watch::{self, Event, Everything, Scope},
};
use crate::pipeline::Pipeline;

/// How many events may wait while a batch is worked on.
const WAITING: usize = 4096;
/// How long a Secret may take that is fetched.
const FETCH_WITHIN: Duration = Duration::from_secs(5);
/// How many are fetched at once.
const FETCH_AT_ONCE: usize = 16;
/// When fetching is tried again.
const FETCH_AGAIN: Duration = Duration::from_secs(2);

/// Feeds a [`Pipeline`] with what an API server says.
pub struct Feed {
    client: Client,
    watched: Everything,
    pipeline: Pipeline,
    book: Arc<Book>,
    /// Nothing if none are made.
    certificates: Option<Arc<Certificates>>,
    /// Every Secret that is there, and whether the translator has it.
    secrets: BTreeMap<NamespacedName, bool>,
    /// Those that could not be fetched.
    unfetched: BTreeSet<NamespacedName>,
    watches: JoinSet<()>,
}

impl Feed {
    /// Nothing read yet.
    pub fn new(
        client: Client,
        watched: Everything,
        pipeline: Pipeline,
        book: Arc<Book>,
        certificates: Option<Arc<Certificates>>,
    ) -> Self {
        Self {
            client,
            watched,
            pipeline,
            book,
            certificates,
            secrets: BTreeMap::new(),
            unfetched: BTreeSet::new(),
            watches: JoinSet::new(),
        }
    }

    /// Reads all there is, publishes it, says so, and follows the changes for good.
    pub async fn run(
        mut self,
        read_once: oneshot::Sender<()>,
        mut questions: Receiver<oneshot::Sender<Inclusion>>,
    ) -> Result<()> {
        let (sender, mut events) = mpsc::channel(WAITING);
        let count = self.watch(self.watched.scopes(false), &sender);
        let changes = self.until_synced(&mut events, count).await?;
        block_in_place(|| self.pipeline.translate(changes));
        let count = self.watch(self.watched.scopes(true), &sender);
        let changes = self.until_synced(&mut events, count).await?;
        self.apply(changes).await;
        tracing::info!("all objects are read, Envoys are served");
        // An error says that nobody waits any more.
        let _ = read_once.send(());
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                count = events.recv_many(&mut batch, WAITING) => {
                    ensure!(count > 0, "no watch is left");
                    let changes = batch.into_iter().filter_map(|event| self.take(event)).collect();
                    self.apply(changes).await;
                }
                () = sleep(FETCH_AGAIN), if !self.unfetched.is_empty() => self.apply(Vec::new()).await,
                Some(asked) = questions.recv() => {
                    // An error says that nobody waits any more.
                    let _ = asked.send(block_in_place(|| self.pipeline.inclusion()));
                }
            }
        }
    }

    fn watch(&mut self, scopes: Vec<Scope>, sender: &Sender<Event>) -> usize {
        let count = scopes.len();
        for scope in scopes {
            self.watches
                .spawn(watch::follow(self.client.clone(), scope, sender.clone()));
        }
        count
    }

    async fn until_synced(&mut self, events: &mut Receiver<Event>, mut outstanding: usize) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        while outstanding > 0 {
            match events.recv().await {
                Some(Event::Synced) => outstanding -= 1,
                Some(event) => changes.extend(self.take(event)),
                None => bail!("no watch is left"),
            }
        }
        Ok(changes)
    }

    /// What an event changes for the translator, if anything.
    fn take(&mut self, event: Event) -> Option<Change> {
        match event {
            Event::Applied(arrival) => self.arrive(*arrival),
            Event::Deleted(object) => {
                self.book.forget(&object);
                if let Some(certificates) = self.certificates.as_ref().filter(|_| object.kind == Kind::HttpProxy) {
                    certificates.forget(&object.name);
                }
                if object.kind == Kind::Secret {
                    self.secrets.remove(&object.name);
                    self.unfetched.remove(&object.name);
                }
                Some(Change::Delete(object))
            }
            // Only the first time counts.
            Event::Synced => None,
        }
    }

    fn arrive(&mut self, arrival: Arrival) -> Option<Change> {
        let Arrival {
            reference,
            object,
            facts,
        } = arrival;
        if let Some(facts) = facts {
            if let (Kind::HttpProxy, Some(certificates), Ok(Some(object))) =
                (reference.kind, &self.certificates, &object)
            {
                // Who may not have the host shall not have a certificate for it.
                let request = facts.certificate.clone();
                let request = if self.pipeline.is_our_root(object) {
                    request
                } else {
                    Value::Null
                };
                certificates.observe(&reference.name, &facts.uid, &request);
            }
            self.book.observe(&reference, facts);
        }
        match object {
            Ok(object) => {
                self.book.accept(&reference);
                if reference.kind == Kind::Secret {
                    let is_used = self.pipeline.uses_secret(&reference.name);
                    self.secrets.insert(reference.name, is_used);
                    return object.filter(|_| is_used).map(Change::Upsert);
                }
                object.map(Change::Upsert)
            }
            Err(rejection) => {
                // The last good version stays.
                self.book.refuse(&reference, rejection.message());
                None
            }
        }
    }

    async fn apply(&mut self, changes: Vec<Change>) {
        let uses = block_in_place(|| self.pipeline.translate(changes));
        let fetched = self.follow_uses(uses).await;
        if !fetched.is_empty() {
            block_in_place(|| self.pipeline.translate(fetched));
        }
        let statuses = block_in_place(|| self.pipeline.publish());
        self.book.decide(statuses);
    }

    /// Fetches the Secrets that are wanted now, and drops what nobody wants any more.
    async fn follow_uses(&mut self, uses: BTreeMap<NamespacedName, bool>) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut wanted = std::mem::take(&mut self.unfetched);
        for (name, is_used) in uses {
            match (self.secrets.get_mut(&name), is_used) {
                (Some(false), true) => drop(wanted.insert(name)),
                (Some(has), false) if *has => {
                    *has = false;
                    changes.push(Change::Delete(ObjectRef {
                        kind: Kind::Secret,
                        name,
                    }));
                }
                _ => {}
            }
        }
        wanted.retain(|name| self.pipeline.uses_secret(name));
        let fetching = stream::iter(wanted).map(|name| async {
            let fetched = timeout(FETCH_WITHIN, fetch(&self.client, &name)).await;
            (name, fetched)
        });
        let fetched: Vec<_> = fetching.buffer_unordered(FETCH_AT_ONCE).collect().await;
        for (name, fetched) in fetched {
            match fetched {
                Ok(Ok(Some(arrival))) => {
                    self.secrets.insert(name, true);
                    changes.extend(arrival.object.ok().flatten().map(Change::Upsert));
                }
                // Its watch will tell.
                Ok(Ok(None)) => {}
                Ok(Err(error)) => self.unfetched(name, &error),
                Err(elapsed) => self.unfetched(name, &elapsed),
            }
        }
        changes
    }

    fn unfetched(&mut self, name: NamespacedName, error: &dyn std::error::Error) {
        tracing::error!("Secret {name} cannot be fetched, what refers to it must wait: {error}");
        self.unfetched.insert(name);
    }
}

/// One Secret, by a list, so that no right to `get` is needed.
async fn fetch(client: &Client, name: &NamespacedName) -> kube::Result<Option<Arrival>> {
    let scope = Scope::within(Kind::Secret, &name.namespace);
    let only = ListParams::default().fields(&format!("metadata.name={}", name.name));
    let found = scope.api(client).list(&only).await?.items.into_iter().next();
    Ok(found.map(|secret| Arrival::new(Kind::Secret, secret)))
}
