//! What files change goes to the pipeline, and what is wrong with them to the log and the state.

use isoline_translator::{Change, Object};

use super::{Folder, Problem, Update};
use crate::{files::Batch, pipeline::Pipeline, state::SharedState};

/// Feeds a [`Pipeline`] with what a [`Folder`] says.
#[derive(Debug)]
pub struct Feed {
    folder: Folder,
    endpoint_port_offset: u16,
    pipeline: Pipeline,
    state: SharedState,
}

impl Feed {
    /// Nothing read yet.
    pub fn new(pipeline: Pipeline, endpoint_port_offset: u16, state: SharedState) -> Self {
        Self {
            folder: Folder::default(),
            endpoint_port_offset,
            pipeline,
            state,
        }
    }

    /// What the files said until now.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Takes note of files, and publishes what they change.
    pub fn take(&mut self, batch: Batch) {
        let update = self.folder.update(batch);
        log_problems(&update);
        self.state.write().note_problems(&update);
        let is_first = !self.state.read().is_synced;
        if is_first || !update.changes.is_empty() {
            let changes = update.changes.into_iter().map(|change| self.moved(change)).collect();
            self.pipeline.translate(changes);
            self.pipeline.publish();
        }
    }

    fn moved(&self, change: Change) -> Change {
        let offset = self.endpoint_port_offset;
        let moved = |object: Object| object.with_loopback_port_offset(offset);
        match change {
            Change::Upsert(object) => Change::Upsert(moved(object)),
            Change::Delete(object) => Change::Delete(object),
        }
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
