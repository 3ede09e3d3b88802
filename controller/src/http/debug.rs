//! What a running controller knows, as JSON for people and scripts. Secrets are named, never shown.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State, http::StatusCode};
use isoline_translator::{Inclusion, ResourceType};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::Context;

/// What there is to ask.
pub(super) async fn index() -> &'static str {
    "/debug/inclusion  each root with what it includes, and the orphans\n\
     /debug/objects    every object with its status\n\
     /debug/resources  the version of every resource for Envoy, and the objects that it came from\n\
     /debug/envoys     the connected Envoys, and what they refuse or have not taken yet\n"
}

/// What includes what.
pub(super) async fn inclusion(State(context): State<Arc<Context>>) -> Result<Json<Inclusion>, StatusCode> {
    let asked = context.inclusion.as_ref().ok_or(StatusCode::NOT_FOUND)?;
    let (answer, answered) = oneshot::channel();
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    asked.send(answer).await.map_err(|_| unavailable)?;
    answered.await.map(Json).map_err(|_| unavailable)
}

/// Every object with its status.
pub(super) async fn objects(State(context): State<Arc<Context>>) -> Json<Value> {
    let state = context.state.read();
    let shown = |(object, status): (&isoline_translator::ObjectRef, _)| (object.to_string(), json!(status));
    Json(state.objects.iter().map(shown).collect())
}

/// The version of every resource.
pub(super) async fn resources(State(context): State<Arc<Context>>) -> Json<Value> {
    let of_kind = |kind| {
        context.xds.store().read(|snapshot| {
            let names = snapshot
                .names(kind)
                .filter_map(|name| Some((name, snapshot.get(kind, name)?)));
            let shown = names.map(|(name, resource)| {
                let objects: Vec<_> = resource.origin.iter().map(ToString::to_string).collect();
                let shown =
                    json!({"version": resource.version, "bytes": resource.body.value.len(), "objects": objects});
                (name.clone(), shown)
            });
            shown.collect::<BTreeMap<_, _>>()
        })
    };
    let kinds = ResourceType::ALL.into_iter();
    Json(kinds.map(|kind| (format!("{kind:?}"), json!(of_kind(kind)))).collect())
}

/// The connected Envoys.
pub(super) async fn envoys(State(context): State<Arc<Context>>) -> Json<Value> {
    Json(json!(context.xds.envoys()))
}
