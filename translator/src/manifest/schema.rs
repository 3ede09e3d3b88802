//! One document against the schema of its kind.

use k8s_openapi::api::{
    core::v1::{Secret, Service},
    discovery::v1::EndpointSlice,
    networking::v1::Ingress,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Content, yaml::Node};
use crate::{
    api::{CustomResource, FieldProblem, Schema},
    ingressroute::OldObject,
    object::{NamespacedName, Object},
};

/// An object that an API server would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {kind} {namespace}/{name}: {message}")]
pub struct Rejection {
    /// Its API, as written.
    pub api_version: String,
    /// Its kind, as written.
    pub kind: String,
    /// Its namespace; `default` if none is written.
    pub namespace: String,
    /// Its name; empty if none is written.
    pub name: String,
    /// Which field is wrong, why, and what is right.
    pub message: String,
    /// The line of the field, from 1.
    pub line: u64,
    /// Its column, from 1.
    pub column: u64,
}

pub(super) fn read(node: &Node) -> Content {
    let kind = (
        node.text("apiVersion").unwrap_or_default(),
        node.text("kind").unwrap_or_default(),
    );
    if let Some(old) = OldObject::read(node, kind.0, kind.1) {
        return match old.and_then(|old| named(old, OldObject::name)) {
            Ok(old) => Content::Old(Box::new(old)),
            Err(problems) => Content::Rejected(rejection(node, &problems)),
        };
    }
    let object = match kind {
        ("projectcontour.io/v1", "HTTPProxy") => custom(node, Object::http_proxy),
        ("projectcontour.io/v1", "TLSCertificateDelegation") => custom(node, Object::delegation),
        ("projectcontour.io/v1alpha1", "ExtensionService") => custom(node, Object::extension_service),
        ("isoline.dev/v1alpha1", "RoutePolicy") => custom(node, Object::route_policy),
        ("v1", "Service") => typed::<Service>(node).map(Object::service),
        ("v1", "Secret") => typed::<Secret>(node).map_err(without_values).map(Object::secret),
        ("networking.k8s.io/v1", "Ingress") => typed::<Ingress>(node).map(Object::ingress),
        ("discovery.k8s.io/v1", "EndpointSlice") => typed::<EndpointSlice>(node).map(Object::endpoint_slice),
        ("", _) => Err(vec![FieldProblem::new("apiVersion", "Required value")]),
        (_, "") => Err(vec![FieldProblem::new("kind", "Required value")]),
        (api_version, kind) => {
            return Content::Ignored {
                kind: format!("{api_version} {kind}"),
            };
        }
    };
    match object.and_then(|object| named(object, Object::name)) {
        Ok(object) => Content::Object(Box::new(object)),
        Err(problems) => Content::Rejected(rejection(node, &problems)),
    }
}

/// What is wrong with a secret value must not say the value.
fn without_values(mut problems: Vec<FieldProblem>) -> Vec<FieldProblem> {
    for problem in &mut problems {
        match problem.path.split('.').next() {
            Some("data") => "must be text in base64".clone_into(&mut problem.message),
            Some("stringData") => "must be text".clone_into(&mut problem.message),
            _ => {}
        }
    }
    problems
}

fn named<T>(object: T, name: impl Fn(&T) -> &NamespacedName) -> Result<T, Vec<FieldProblem>> {
    if name(&object).name.is_empty() {
        return Err(vec![FieldProblem::new(
            "metadata.name",
            "Required value: name is required",
        )]);
    }
    Ok(object)
}

fn custom<S: DeserializeOwned + Schema>(
    node: &Node,
    reduce: fn(CustomResource<S>) -> Object,
) -> Result<Object, Vec<FieldProblem>> {
    let resource = typed::<CustomResource<S>>(node)?;
    let problems = resource.spec.problems();
    if problems.is_empty() {
        Ok(reduce(resource))
    } else {
        Err(problems)
    }
}

/// Reads the type, and finds every field that it does not know.
pub(crate) fn typed<T: DeserializeOwned>(node: &Node) -> Result<T, Vec<FieldProblem>> {
    typed_value(node.to_json())
}

pub(crate) fn typed_value<T: DeserializeOwned>(json: Value) -> Result<T, Vec<FieldProblem>> {
    let mut unknown = Vec::new();
    let mut on_unknown = |path: serde_ignored::Path<'_>| {
        let path = bracketed(&path.to_string());
        let message = "unknown field".to_owned();
        unknown.push(FieldProblem { path, message });
    };
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(json, &mut track);
    let result = T::deserialize(serde_ignored::Deserializer::new(tracked, &mut on_unknown));
    match result {
        Ok(_) if !unknown.is_empty() => Err(unknown),
        Ok(value) => Ok(value),
        Err(error) => {
            let path = track.path().to_string();
            Err(vec![FieldProblem::new(
                if path == "." { String::new() } else { path },
                error.to_string(),
            )])
        }
    }
}

/// `spec.routes.0.x` as everybody writes it: `spec.routes[0].x`. An optional value adds a `?` to the path.
fn bracketed(path: &str) -> String {
    let mut out = String::new();
    for part in path.split('.').filter(|part| *part != "?") {
        if part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() {
            out.extend(["[", part, "]"]);
        } else {
            out += if out.is_empty() { "" } else { "." };
            out += part;
        }
    }
    out
}

fn rejection(node: &Node, problems: &[FieldProblem]) -> Rejection {
    let metadata = node.get("metadata");
    let text = |key| metadata.and_then(|metadata| metadata.text(key)).unwrap_or_default();
    let place = problems.first().map_or(node, |problem| node.locate(&problem.path));
    let messages: Vec<_> = problems
        .iter()
        .map(|problem| match problem.path.as_str() {
            "" => problem.message.clone(),
            path if problem.message == "unknown field" => format!("unknown field \"{path}\""),
            path => format!("{path}: {}", problem.message),
        })
        .collect();
    Rejection {
        api_version: node.text("apiVersion").unwrap_or_default().to_owned(),
        kind: node.text("kind").unwrap_or_default().to_owned(),
        namespace: if text("namespace").is_empty() {
            "default"
        } else {
            text("namespace")
        }
        .to_owned(),
        name: text("name").to_owned(),
        message: messages.join("; "),
        line: place.line,
        column: place.column,
    }
}
