//! One document: which kind it is of, and what an API server would say of it.

use k8s_openapi::api::core::v1::Secret;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    Content, Problem, Rejection, builtin, metadata,
    problem::FieldProblem,
    schema,
    typed::typed,
    words::{self, Word},
    yaml::Node,
};
use crate::{
    api::CustomResource,
    crd::{self, Definition},
    object::Object,
};

type Problems = Vec<FieldProblem>;

pub(super) fn read(node: &Node) -> Content {
    let api_version = node.text("apiVersion").unwrap_or_default();
    let kind = node.text("kind").unwrap_or_default();
    match object(node, api_version, kind) {
        Ok(Some(object)) => Content::Object(Box::new(object)),
        Ok(None) => Content::Ignored {
            kind: format!("{api_version} {kind}"),
        },
        Err(problems) => Content::Rejected(rejection(node, &problems)),
    }
}

/// Nothing if the kind has no effect.
fn object(node: &Node, api_version: &str, kind: &str) -> Result<Option<Object>, Problems> {
    let identity = [("apiVersion", api_version), ("kind", kind)].into_iter();
    let missing = identity.filter(|(_, value)| value.is_empty());
    refuse(missing.map(|(field, _)| FieldProblem::required(field, "")).collect())?;
    if let Some(definition) = crd::definition(api_version, kind) {
        return custom(node, definition);
    }
    let object = match (api_version, kind) {
        ("v1", "Service") => Object::service(builtin(node, &words::SERVICE, builtin::service)?),
        ("v1", "Secret") => {
            let secret = builtin::<Secret>(node, &words::SUBDOMAIN, builtin::secret);
            Object::secret(secret.map_err(without_values)?)
        }
        ("networking.k8s.io/v1", "Ingress") => Object::ingress(builtin(node, &words::SUBDOMAIN, builtin::ingress)?),
        ("discovery.k8s.io/v1", "EndpointSlice") => {
            Object::endpoint_slice(builtin(node, &words::SUBDOMAIN, |_| Vec::new())?)
        }
        _ => return Ok(None),
    };
    Ok(Some(object))
}

/// An object that a schema describes.
fn custom(node: &Node, definition: &Definition) -> Result<Option<Object>, Problems> {
    let mut json = node.to_json();
    let metadata = json["metadata"].take();
    let mut problems = node.repeated();
    problems.extend(metadata::problems(&metadata, &words::SUBDOMAIN));
    problems.extend(schema::validate(&definition.schema, &mut json));
    refuse(problems)?;
    json["metadata"] = metadata;
    if json["spec"].is_null() {
        // Only an ExtensionService may do without.
        json["spec"] = json!({"services": []});
    }
    match definition.names.kind {
        "HTTPProxy" => read_custom(&json, Object::http_proxy),
        "TLSCertificateDelegation" => read_custom(&json, Object::delegation),
        "ExtensionService" => read_custom(&json, Object::extension_service),
        "RoutePolicy" => read_custom(&json, Object::route_policy),
        _ => Ok(None),
    }
}

fn read_custom<S: DeserializeOwned>(
    json: &Value,
    reduce: fn(CustomResource<S>) -> Object,
) -> Result<Option<Object>, Problems> {
    typed(json, "").map(|resource| Some(reduce(resource)))
}

/// An object of a kind that every cluster knows.
fn builtin<T: DeserializeOwned>(node: &Node, name: &Word, rules: fn(&T) -> Problems) -> Result<T, Problems> {
    let json = node.to_json();
    let mut problems = node.repeated();
    problems.extend(metadata::problems(&json["metadata"], name));
    match typed::<T>(&json, "") {
        Ok(object) => {
            problems.extend(rules(&object));
            refuse(problems)?;
            Ok(object)
        }
        Err(more) => {
            problems.extend(more);
            Err(problems)
        }
    }
}

fn refuse(problems: Problems) -> Result<(), Problems> {
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// What is wrong with a secret value must not say the value.
fn without_values(problems: Problems) -> Problems {
    let redacted = |problem: FieldProblem| {
        let message = match problem.path.split('.').next() {
            _ if !problem.is_unreadable() => return problem,
            Some("data") => "must be text in base64",
            Some("stringData") => "must be text",
            _ => return problem,
        };
        FieldProblem::unreadable(&problem.path, message)
    };
    problems.into_iter().map(redacted).collect()
}

fn rejection(node: &Node, problems: &[FieldProblem]) -> Rejection {
    let metadata = node.get("metadata");
    let text = |key| metadata.and_then(|metadata| metadata.text(key)).unwrap_or_default();
    let mut placed: Vec<Problem> = Vec::new();
    for problem in problems {
        let place = node.locate(&problem.path);
        let problem = Problem {
            line: place.line,
            column: place.column,
            message: problem.message.clone(),
        };
        if !placed.contains(&problem) {
            placed.push(problem);
        }
    }
    Rejection {
        kind: node.text("kind").unwrap_or_default().to_owned(),
        namespace: Some(text("namespace"))
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or("default")
            .to_owned(),
        name: text("name").to_owned(),
        problems: placed,
    }
}
