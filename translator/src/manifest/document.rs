//! One document: which kind it is of, and what an API server would say of it.

use k8s_openapi::api::core::v1::Secret;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    Content, Problem, Rejection, builtin, metadata,
    problem::FieldProblem,
    schema,
    typed::{typed, typed_as_checked},
    words::{self, Word},
    yaml::Node,
};
use crate::{
    crd::{self, Definition},
    ingressroute::OldObject,
    object::Object,
};

type Problems = Vec<FieldProblem>;

pub(super) fn read(node: &Node) -> Content {
    content(node).unwrap_or_else(|problems| Content::Rejected(rejection(node, &problems)))
}

fn content(node: &Node) -> Result<Content, Problems> {
    let identity = ["apiVersion", "kind"].map(|field| node.text(field).unwrap_or_default());
    let missing = ["apiVersion", "kind"].into_iter().zip(identity);
    let missing = missing.filter(|(_, value)| value.is_empty());
    refuse(missing.map(|(field, _)| FieldProblem::required(field, "")).collect())?;
    let [api_version, kind] = identity;
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
        _ => return old(node, api_version, kind),
    };
    Ok(Content::Object(Box::new(object)))
}

/// An object as an API server has it. Fields of Kubernetes' own kinds that are newer than this program are ignored.
pub(super) fn stored(object: Value) -> Result<Content, Box<Rejection>> {
    let identity = ["apiVersion", "kind"].map(|field| object[field].as_str().unwrap_or_default().to_owned());
    let [api_version, kind] = identity.each_ref().map(String::as_str);
    let read = match (api_version, kind) {
        ("v1", "Service") => plain(&object).map(Object::service),
        ("v1", "Secret") => plain(&object).map(Object::secret).map_err(without_values),
        ("networking.k8s.io/v1", "Ingress") => plain(&object).map(Object::ingress),
        ("discovery.k8s.io/v1", "EndpointSlice") => plain(&object).map(Object::endpoint_slice),
        _ => return accepted(read(&Node::at(1, 1, object))),
    };
    let refused = |problems: Problems| Box::new(rejection(&Node::at(1, 1, object), &problems));
    read.map(|object| Content::Object(Box::new(object))).map_err(refused)
}

fn plain<T: DeserializeOwned>(object: &Value) -> Result<T, Problems> {
    T::deserialize(object).map_err(|error| vec![FieldProblem::unreadable("", error)])
}

fn accepted(content: Content) -> Result<Content, Box<Rejection>> {
    match content {
        Content::Rejected(rejection) => Err(Box::new(rejection)),
        content => Ok(content),
    }
}

/// An object that a schema describes.
fn custom(node: &Node, definition: &Definition) -> Result<Content, Problems> {
    let mut json = node.to_json();
    let mut problems = envelope_problems(node, &words::SUBDOMAIN);
    let metadata = json["metadata"].take();
    problems.extend(schema::validate(&definition.schema, &mut json));
    refuse(problems)?;
    json["metadata"] = metadata;
    if json["spec"].is_null() {
        // Only an ExtensionService may do without.
        json["spec"] = json!({"services": []});
    }
    let object = match definition.names.kind {
        "HTTPProxy" => Object::http_proxy(typed_as_checked(json)?),
        "TLSCertificateDelegation" => Object::delegation(typed_as_checked(json)?),
        "ExtensionService" => Object::extension_service(typed_as_checked(json)?),
        "RoutePolicy" => Object::route_policy(typed_as_checked(json)?),
        kind => return Ok(ignored(&definition.names.api_version(), kind)),
    };
    Ok(Content::Object(Box::new(object)))
}

/// An object of a kind that every cluster knows.
fn builtin<T: DeserializeOwned>(node: &Node, name: &Word, rules: fn(&T) -> Problems) -> Result<T, Problems> {
    let object = typed::<T>(node, "");
    let mut problems = envelope_problems(node, name);
    problems.extend(object.as_ref().map(rules).unwrap_or_default());
    unless(problems, object)
}

/// An object of the API before HTTPProxy, or one of a kind that has no effect.
fn old(node: &Node, api_version: &str, kind: &str) -> Result<Content, Problems> {
    let Some(old) = OldObject::read(node, api_version, kind) else {
        return Ok(ignored(api_version, kind));
    };
    let old = unless(envelope_problems(node, &words::SUBDOMAIN), old)?;
    Ok(Content::Old(Box::new(old)))
}

fn ignored(api_version: &str, kind: &str) -> Content {
    Content::Ignored {
        kind: format!("{api_version} {kind}"),
    }
}

/// What is wrong with any object, whatever its kind.
fn envelope_problems(node: &Node, name: &Word) -> Problems {
    let mut problems = node.repeated();
    problems.extend(metadata::problems(node.get("metadata"), name));
    problems
}

fn refuse(problems: Problems) -> Result<(), Problems> {
    unless(problems, Ok(()))
}

/// What was read, unless anything is wrong.
fn unless<T>(mut problems: Problems, read: Result<T, Problems>) -> Result<T, Problems> {
    match read {
        Ok(value) if problems.is_empty() => Ok(value),
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            Err(problems)
        }
    }
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
            field: problem.path.clone(),
            message: problem.to_string(),
        };
        if !placed.contains(&problem) {
            placed.push(problem);
        }
    }
    Rejection {
        api_version: node.text("apiVersion").unwrap_or_default().to_owned(),
        kind: node.text("kind").unwrap_or_default().to_owned(),
        namespace: Some(text("namespace"))
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or("default")
            .to_owned(),
        name: text("name").to_owned(),
        problems: placed,
    }
}
