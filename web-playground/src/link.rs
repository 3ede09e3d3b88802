//! From a place in a file to what became of it, and back.

use std::collections::BTreeSet;

use isoline_translator::{
    Kind, NamespacedName, ObjectRef, ResourceKey, ResourceType, RoutePlace, report::resource_json,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    engine::Engine,
    name::{ObjectName, PieceName},
    text::Span,
};

/// What stands at a place of a file, and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct Linked {
    object: ObjectName,
    field: String,
    span: Span,
    pieces: Vec<PieceName>,
}

/// A place that a part of Envoy's configuration came from.
#[derive(Debug, Serialize)]
pub(crate) struct Origin {
    #[serde(flatten)]
    span: Span,
    object: ObjectName,
    field: String,
}

/// Where the routes of a scope are.
const ROUTES: &str = "/route_configuration/virtual_hosts/0/routes/";

impl Engine {
    /// What stands at an offset of a file, and what became of it.
    pub(crate) fn at(&self, file: &str, offset: usize) -> Option<Linked> {
        let (place, object, field) = self.workspace.at(file, offset)?;
        let span = self.workspace.field(&place, &field);
        let text = |field: &str| self.workspace.value(&place, field);
        Some(Linked {
            pieces: self.pieces(&object, &field, &text),
            object: (&object).into(),
            field,
            span,
        })
    }

    /// Where a part of a resource came from.
    pub(crate) fn origins(&self, piece: &PieceName) -> Vec<Origin> {
        let Some(key) = piece.resource.key() else {
            return Vec::new();
        };
        if let Some(route) = self.route_at(&key, &piece.pointer) {
            return self.origin(&route.object, &route.field).into_iter().collect();
        }
        if let Some(host) = self.host_at(&key, &piece.pointer) {
            let roots = self
                .workspace
                .objects()
                .filter(|object| object.virtual_host().as_ref() == Some(&host));
            return roots
                .filter_map(|root| self.origin(&root.reference(), "spec.virtualhost"))
                .collect();
        }
        let resource = self.translation.resources.get(&key);
        let objects = resource.into_iter().flat_map(|resource| &resource.origin);
        objects.filter_map(|object| self.origin(object, "")).collect()
    }

    fn origin(&self, object: &ObjectRef, field: &str) -> Option<Origin> {
        let definition = self.workspace.definition(object)?;
        Some(Origin {
            span: self.workspace.field(&definition.place, field),
            object: object.into(),
            field: field.to_owned(),
        })
    }

    fn pieces(&self, object: &ObjectRef, field: &str, text: &dyn Fn(&str) -> Option<String>) -> Vec<PieceName> {
        let mut pieces = Vec::new();
        let routes = self.translator.routes_of(object);
        let touched = |it: &&RoutePlace| it.object == *object && (covers(&it.field, field) || covers(field, &it.field));
        let mut routes: Vec<_> = routes.iter().filter(touched).collect();
        let included = self.included(object, field, text);
        routes.extend(&included);
        let mut clusters = BTreeSet::new();
        for route in &routes {
            let pointer = format!("{ROUTES}{}", route.index);
            clusters.extend(self.clusters(&route.scope, &pointer));
            pieces.push(piece(&route.scope, &pointer));
        }
        let service = field.find(".services[").and_then(|start| {
            let end = field[start..].find(']')? + start;
            text(&format!("{}.name", &field[..=end]))
        });
        if let Some(name) = service {
            let service = Kind::Service.object(&NamespacedName::new(&object.name.namespace, name));
            clusters.retain(|cluster| self.comes_from(cluster, &service));
        }
        for cluster in clusters {
            let endpoints = self
                .translation
                .resources
                .get(&cluster)
                .and_then(|it| it.endpoints.clone());
            let endpoints = endpoints.map(|name| ResourceKey {
                kind: ResourceType::Endpoints,
                name,
            });
            pieces.extend([Some(cluster), endpoints].iter().flatten().map(|key| piece(key, "")));
        }
        if covers("spec.virtualhost", field) {
            pieces.extend(self.of_host(object, text));
        }
        if routes.is_empty() || field.is_empty() {
            let whole = self
                .translation
                .resources
                .iter()
                .filter(|(_, resource)| resource.origin.contains(object));
            pieces.extend(whole.map(|(key, _)| piece(key, "")));
        }
        pieces
    }

    /// The routes that an include brings, where the field is in one.
    fn included(&self, object: &ObjectRef, field: &str, text: &dyn Fn(&str) -> Option<String>) -> Vec<RoutePlace> {
        let include = field
            .strip_prefix("spec.includes[")
            .and_then(|rest| rest.split(']').next());
        let Some(include) = include.map(|index| format!("spec.includes[{index}]")) else {
            return Vec::new();
        };
        let namespace = text(&format!("{include}.namespace")).unwrap_or_else(|| object.name.namespace.clone());
        let name = text(&format!("{include}.name")).unwrap_or_default();
        let child = Kind::HttpProxy.object(&NamespacedName::new(namespace, name));
        let mut routes = self.translator.routes_of(&child);
        routes.retain(|route| route.object == child);
        routes
    }

    /// The filter chains and the certificate of a root.
    fn of_host(&self, object: &ObjectRef, text: &dyn Fn(&str) -> Option<String>) -> Vec<PieceName> {
        let host = text("spec.virtualhost.fqdn").unwrap_or_default().to_lowercase();
        let secret = text("spec.virtualhost.tls.secretName").map(|written| {
            let (namespace, name) = written.split_once('/').unwrap_or((&object.name.namespace, &written));
            Kind::Secret.object(&NamespacedName::new(namespace, name))
        });
        let mut pieces = Vec::new();
        for (key, resource) in &self.translation.resources {
            match key.kind {
                ResourceType::Listener => {
                    let listener = resource_json(key, resource);
                    let chains = listener["filter_chains"].as_array().into_iter().flatten().enumerate();
                    let of_host = chains.filter(|(_, chain)| names(chain).any(|name| name == host));
                    pieces.extend(of_host.map(|(index, _)| piece(key, &format!("/filter_chains/{index}"))));
                }
                ResourceType::Secret if secret.as_ref().is_some_and(|secret| resource.origin.contains(secret)) => {
                    pieces.push(piece(key, ""));
                }
                ResourceType::Scope if resource.origin.contains(object) => pieces.push(piece(key, "")),
                _ => {}
            }
        }
        pieces
    }

    /// The clusters that a route names.
    fn clusters(&self, scope: &ResourceKey, pointer: &str) -> BTreeSet<ResourceKey> {
        let scope = self
            .translation
            .resources
            .get(scope)
            .map(|resource| resource_json(scope, resource));
        let mut words = BTreeSet::new();
        if let Some(route) = scope.as_ref().and_then(|scope| scope.pointer(pointer)) {
            collect_text(route, &mut words);
        }
        let keys = words.into_iter().map(|name| ResourceKey {
            kind: ResourceType::Cluster,
            name,
        });
        keys.filter(|key| self.translation.resources.contains_key(key))
            .collect()
    }

    fn comes_from(&self, key: &ResourceKey, object: &ObjectRef) -> bool {
        self.translation
            .resources
            .get(key)
            .is_some_and(|resource| resource.origin.contains(object))
    }

    fn route_at(&self, scope: &ResourceKey, pointer: &str) -> Option<RoutePlace> {
        let index: usize = pointer.strip_prefix(ROUTES)?.split('/').next()?.parse().ok()?;
        let origin = &self.translation.resources.get(scope)?.origin;
        let mut routes = origin.iter().flat_map(|object| self.translator.routes_of(object));
        routes.find(|route| route.scope == *scope && route.index == index)
    }

    /// The host of a filter chain.
    fn host_at(&self, listener: &ResourceKey, pointer: &str) -> Option<String> {
        let index: usize = pointer
            .strip_prefix("/filter_chains/")?
            .split('/')
            .next()?
            .parse()
            .ok()?;
        let listener = resource_json(listener, self.translation.resources.get(listener)?);
        let host = names(&listener["filter_chains"][index]).next()?.to_owned();
        Some(host)
    }
}

fn piece(key: &ResourceKey, pointer: &str) -> PieceName {
    PieceName {
        resource: key.into(),
        pointer: pointer.to_owned(),
    }
}

/// Whether a field is another or lies within it; the empty one holds all.
fn covers(outer: &str, inner: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    outer.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn names(chain: &Value) -> impl Iterator<Item = &str> {
    let names = chain["filter_chain_match"]["server_names"].as_array();
    names.into_iter().flatten().filter_map(Value::as_str)
}

fn collect_text(value: &Value, words: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(words.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| collect_text(item, words)),
        Value::Object(fields) => fields.values().for_each(|field| collect_text(field, words)),
        _ => {}
    }
}
