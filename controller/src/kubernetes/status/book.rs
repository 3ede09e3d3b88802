//! What the status of each object should be, and what it is.
//!
//! The feed writes it down; the writer takes out what differs. An object is due a moment after it changed, so that what
//! changes several times is written once, and one that could not be written is due again later.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use isoline_translator::{ObjectRef, Status, StatusChange};
use serde_json::{Value, json};
use tokio::{sync::Notify, time::Instant};

use super::render::{Parts, is_same, is_stored};
use crate::{
    kubernetes::arrival::{Facts, has_status},
    xds::Programmed,
};

/// How long an object must have been at rest.
const REST: Duration = Duration::from_millis(100);
/// How long a failed write waits, doubled each time.
const AGAIN: Duration = Duration::from_millis(500);
const AGAIN_WITHIN: Duration = Duration::from_mins(1);
/// How long Envoys may take before it is said that they have not taken something yet.
const PATIENCE: Duration = Duration::from_secs(2);

/// The statuses of all objects; one feed, one writer.
#[derive(Debug, Default)]
pub struct Book {
    pages: Mutex<Pages>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Pages {
    entries: BTreeMap<ObjectRef, Entry>,
    due: BTreeMap<ObjectRef, Instant>,
    queue: BTreeSet<(Instant, ObjectRef)>,
    /// `status.loadBalancer.ingress`.
    addresses: Option<Value>,
}

#[derive(Debug, Default)]
struct Entry {
    facts: Option<Facts>,
    /// What the translator says.
    status: Option<Status>,
    /// Why the latest version of the object is not translated.
    refusal: Option<Status>,
    /// Since when something is new that Envoys may have to take.
    news: Option<Instant>,
    /// What was stored when this was written, if that is not the same: it is not written again and again.
    odd: Option<(Value, Value)>,
    failures: u32,
}

/// A status to be written.
#[derive(Debug)]
pub struct Patch {
    /// Whose.
    pub object: ObjectRef,
    /// The object for server-side apply.
    pub body: Value,
    /// Whether the object has become invalid by it, and why.
    pub complaint: Option<String>,
}

impl Book {
    /// Takes note of what is stored.
    pub fn observe(&self, object: &ObjectRef, facts: Facts) {
        self.edit(object, |entry| {
            if entry.facts.as_ref().is_some_and(|before| before.uid != facts.uid) {
                *entry = Entry::default();
            }
            if entry
                .facts
                .as_ref()
                .is_some_and(|before| before.generation != facts.generation)
            {
                entry.news = Some(Instant::now());
            }
            entry.facts = Some(facts);
        });
    }

    /// The latest version of an object is translated.
    pub fn accept(&self, object: &ObjectRef) {
        let mut pages = self.pages();
        let refusal = pages.entries.get_mut(object).and_then(|entry| entry.refusal.take());
        if refusal.is_some() {
            tracing::info!("{object} is readable again");
            pages.due(object, REST);
        }
    }

    /// The latest version of an object cannot be translated.
    pub fn refuse(&self, object: &ObjectRef, message: String) {
        let status = Status::refused(object.kind, message);
        let is_known = |entry: &Entry| entry.refusal.as_ref() == Some(&status);
        if !self.pages().entries.get(object).is_some_and(is_known) {
            let message = &status.conditions[0].errors[0].message;
            tracing::error!("{object} cannot be used, its last good version stays: {message}");
        }
        self.edit(object, |entry| entry.refusal = Some(status.clone()));
    }

    /// An object is gone.
    pub fn forget(&self, object: &ObjectRef) {
        let mut pages = self.pages();
        pages.entries.remove(object);
        pages.rest(object);
    }

    /// Takes note of what the translator says.
    pub fn decide(&self, changes: Vec<StatusChange>) {
        for StatusChange { object, status } in changes {
            self.edit(&object, |entry| {
                if entry.status != status {
                    entry.status = status;
                    entry.news = Some(Instant::now());
                }
            });
        }
    }

    /// These objects are looked at again: something that came of them has come to rest.
    pub fn settle(&self, objects: BTreeSet<ObjectRef>) {
        let mut pages = self.pages();
        for object in objects {
            if pages.entries.contains_key(&object) {
                pages.due(&object, Duration::ZERO);
            }
        }
        self.changed.notify_one();
    }

    /// Takes note of where the hosts are reached.
    pub fn set_addresses(&self, addresses: Value) {
        let mut pages = self.pages();
        if pages.addresses.as_ref() != Some(&addresses) {
            pages.addresses = Some(addresses);
            drop(pages);
            self.review();
        }
    }

    /// Everything is looked at again: we have come to be the one who writes.
    pub fn review(&self) {
        let mut pages = self.pages();
        let all: Vec<_> = pages.entries.keys().cloned().collect();
        for object in &all {
            pages.due(object, Duration::ZERO);
        }
        self.changed.notify_one();
    }

    /// How many objects wait to be looked at.
    pub fn waiting(&self) -> usize {
        self.pages().queue.len()
    }

    /// Waits until some objects are due, and takes them out.
    pub async fn next(&self, at_most: usize) -> Vec<ObjectRef> {
        loop {
            let next = {
                let mut pages = self.pages();
                let due = pages.take_due(Instant::now(), at_most);
                if !due.is_empty() {
                    return due;
                }
                pages.queue.first().map(|(at, _)| *at)
            };
            match next {
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => {}
                    () = self.changed.notified() => {}
                },
                None => self.changed.notified().await,
            }
        }
    }

    /// What is to be written to an object, if anything. What is new waits a little for the Envoys, so that it is
    /// written once.
    pub fn plan(&self, object: &ObjectRef, programmed: Option<Programmed>, now: &str) -> Option<Patch> {
        let mut pages = self.pages();
        let Pages { entries, addresses, .. } = &mut *pages;
        let entry = entries.get_mut(object)?;
        if programmed
            .as_ref()
            .is_some_and(|it| it.behind > 0 && it.refusal.is_none())
            && let Some(left) = entry.news.and_then(|since| PATIENCE.checked_sub(since.elapsed()))
        {
            pages.due(object, left);
            return None;
        }
        entry.news = None;
        let facts = entry.facts.as_ref()?;
        let status = entry.refusal.as_ref().or(entry.status.as_ref())?;
        // Not ours.
        if status.current_status == "NotReconciled" {
            return None;
        }
        let parts = Parts {
            kind: object.kind,
            generation: facts.generation,
            status,
            programmed,
            addresses: addresses.as_ref(),
        };
        let rendered = parts.render(&facts.status, now);
        let is_odd = |(written, stored): &(Value, Value)| *stored == facts.status && is_same(&rendered, written);
        if is_stored(&rendered, &facts.status) || entry.odd.as_ref().is_some_and(is_odd) {
            return None;
        }
        let was_valid = facts.status["conditions"].as_array().into_iter().flatten();
        let was_valid = was_valid
            .filter(|it| it["type"] == "Valid")
            .all(|it| it["status"] != "False");
        let complaint = (!status.is_valid() && was_valid).then(|| crate::state::errors(status).join("; "));
        let body = json!({
            "apiVersion": object.kind.api_version(),
            "kind": object.kind.as_str(),
            "metadata": {
                "name": object.name.name,
                "namespace": object.name.namespace,
                // An object that has come in its place shall not have its status.
                "uid": facts.uid,
            },
            "status": rendered,
        });
        Some(Patch {
            object: object.clone(),
            body,
            complaint,
        })
    }

    /// A status was written, and this is stored now.
    pub fn written(&self, patch: &Patch, stored: Value) {
        let mut pages = self.pages();
        let Some(entry) = pages.entries.get_mut(&patch.object) else {
            return;
        };
        entry.failures = 0;
        let rendered = &patch.body["status"];
        entry.odd = (!is_stored(rendered, &stored)).then(|| (rendered.clone(), stored.clone()));
        if let Some(facts) = &mut entry.facts
            && patch.body["metadata"]["uid"] == facts.uid
        {
            facts.status = stored;
        }
    }

    /// A status could not be written: it is due again later.
    pub fn failed(&self, object: &ObjectRef) {
        let mut pages = self.pages();
        let Some(entry) = pages.entries.get_mut(object) else {
            return;
        };
        entry.failures += 1;
        let wait = AGAIN.saturating_mul(1 << entry.failures.min(10)).min(AGAIN_WITHIN);
        pages.due(object, wait);
    }

    fn edit(&self, object: &ObjectRef, change: impl FnOnce(&mut Entry)) {
        if !has_status(object.kind) {
            return;
        }
        let mut pages = self.pages();
        change(pages.entries.entry(object.clone()).or_default());
        pages.due(object, REST);
        self.changed.notify_one();
    }

    /// Every critical section leaves its data whole.
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn due(&mut self, object: &ObjectRef, wait: Duration) {
        self.rest(object);
        let at = Instant::now() + wait;
        self.due.insert(object.clone(), at);
        self.queue.insert((at, object.clone()));
    }

    fn rest(&mut self, object: &ObjectRef) {
        if let Some(at) = self.due.remove(object) {
            self.queue.remove(&(at, object.clone()));
        }
    }

    fn take_due(&mut self, now: Instant, at_most: usize) -> Vec<ObjectRef> {
        let due = self.queue.iter().take_while(|(at, _)| *at <= now).take(at_most);
        let due: Vec<_> = due.map(|(_, object)| object.clone()).collect();
        for object in &due {
            self.rest(object);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use isoline_translator::{Kind, NamespacedName};

    use super::*;

    fn object() -> ObjectRef {
        ObjectRef {
            kind: Kind::HttpProxy,
            name: NamespacedName::new("team", "web"),
        }
    }

    fn facts(uid: &str, status: Value) -> Facts {
        Facts {
            uid: uid.to_owned(),
            generation: 1,
            status,
            certificate: Value::Null,
        }
    }

    /// With an object that nothing is stored of, and that is refused.
    fn book() -> Book {
        let book = Book::default();
        book.observe(&object(), facts("1", Value::Null));
        book.refuse(&object(), "spec: is odd".to_owned());
        book
    }

    #[test]
    fn what_is_stored_is_written_once() {
        let book = book();
        let patch = book
            .plan(&object(), None, "2026-01-01T00:00:00Z")
            .expect("nothing is stored yet");
        assert_eq!(patch.body["metadata"]["uid"], "1");
        assert!(patch.complaint.as_ref().is_some_and(|it| it.contains("is odd")));
        book.written(&patch, patch.body["status"].clone());
        assert!(book.plan(&object(), None, "2026-01-02T00:00:00Z").is_none());
    }

    #[test]
    fn what_the_api_server_will_not_store_is_not_written_for_ever() {
        let book = book();
        let patch = book
            .plan(&object(), None, "2026-01-01T00:00:00Z")
            .expect("nothing is stored yet");
        let pruned = json!({"currentStatus": "invalid"});
        book.written(&patch, pruned.clone());
        book.observe(&object(), facts("1", pruned));
        assert!(book.plan(&object(), None, "2026-01-02T00:00:00Z").is_none());
        book.refuse(&object(), "spec: is odder".to_owned());
        assert!(book.plan(&object(), None, "2026-01-02T00:00:00Z").is_some());
    }

    #[test]
    fn an_object_that_takes_the_place_of_another_starts_anew() {
        let book = book();
        book.observe(&object(), facts("2", Value::Null));
        assert!(book.plan(&object(), None, "2026-01-01T00:00:00Z").is_none());
    }

    #[tokio::test]
    async fn an_object_that_changes_again_is_due_once_and_a_failure_is_due_again() {
        let book = book();
        let start = Instant::now();
        assert_eq!(book.next(10).await, [object()]);
        assert!(start.elapsed() >= REST);
        assert_eq!(book.waiting(), 0);
        book.failed(&object());
        assert_eq!(book.next(10).await, [object()]);
        assert!(start.elapsed() > REST + AGAIN);
    }
}
