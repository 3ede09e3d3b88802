//! From files to Envoy: what a batch of files changes is translated and published, at once and as a whole.

use std::{sync::Arc, time::Instant};

use isoline_translator::{Change, Object, Settings, StatusChange, Translator, UnmetSetting, policy_filter};
use prometheus_client::{
    metrics::histogram::{Histogram, exponential_buckets},
    registry::Registry,
};

use crate::{
    files::Batch,
    filter,
    folder::{Folder, Problem, Update},
    state::{SharedState, State, errors, warnings},
    xds::Store,
};

/// The one writer of a [`Store`] and a [`SharedState`].
#[derive(Debug)]
pub struct Pipeline {
    folder: Folder,
    translator: Translator,
    settings: Settings,
    endpoint_port_offset: u16,
    unmet: Vec<UnmetSetting>,
    store: Arc<Store>,
    state: SharedState,
    apply_duration: Histogram,
}

impl Pipeline {
    /// Nothing read, nothing published.
    pub fn new(settings: Settings, endpoint_port_offset: u16, store: Arc<Store>, state: SharedState) -> Self {
        Self {
            folder: Folder::default(),
            translator: Translator::new(settings.clone()),
            settings,
            endpoint_port_offset,
            unmet: Vec::new(),
            store,
            state,
            apply_duration: Histogram::new(exponential_buckets(0.000_1, 4.0, 10)),
        }
    }

    /// Adds its metrics and those of its state.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Time from a change of files to the changed configuration";
        registry.register("apply_duration_seconds", help, self.apply_duration.clone());
        registry.register_collector(Box::new(self.state.clone()));
    }

    /// What the files said until now.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Takes note of files. The first batch brings the filter along, and what is there without any object.
    pub fn take(&mut self, batch: Batch) {
        let update = self.folder.update(batch);
        log_problems(&update);
        let is_first = !self.state.read().is_synced;
        let statuses = if is_first || !update.changes.is_empty() {
            self.publish(&update.changes, is_first)
        } else {
            Vec::new()
        };
        let mut state = self.state.write();
        log_statuses(&state, &statuses);
        state.absorb(&update, statuses);
    }

    fn publish(&mut self, changes: &[Change], is_first: bool) -> Vec<StatusChange> {
        let start = Instant::now();
        let offset = self.endpoint_port_offset;
        let moved = |object: &Object| object.clone().with_loopback_port_offset(offset);
        let delta = self.translator.apply(changes.iter().map(|change| match change {
            Change::Upsert(object) => Change::Upsert(moved(object)),
            Change::Delete(object) => Change::Delete(object.clone()),
        }));
        log_unmet(&self.unmet, &delta.unmet);
        self.unmet = delta.unmet;
        let mut resources = delta.resources;
        if is_first {
            resources.push(policy_filter(filter::MODULE, &self.settings));
        }
        let (objects, published) = (changes.len(), resources.len());
        self.store.publish(resources);
        let duration = start.elapsed();
        self.apply_duration.observe(duration.as_secs_f64());
        tracing::info!(objects, resources = published, ?duration, "configuration published");
        delta.statuses
    }
}

fn log_problems(update: &Update) {
    for problem in &update.resolved {
        tracing::info!("resolved: {problem}");
    }
    for problem in &update.appeared {
        if matches!(problem, Problem::Inexact { .. }) {
            tracing::warn!("{problem}");
        } else {
            tracing::error!("{problem}");
        }
    }
    for ignored in &update.ignored {
        tracing::info!("{ignored}");
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
