//! The custom resource definitions: what an API server is told of the kinds that are Contour's or our own, and what
//! objects are checked against here.

mod derive;
mod reference;
pub(crate) mod structural;

use std::sync::LazyLock;

use serde_json::{Value, json};

pub(crate) use self::derive::type_schema;
use self::structural::Structural;
use crate::api::{
    Names, Resource, contourconfiguration::ContourConfigurationSpec, delegation::DelegationSpec,
    extensionservice::ExtensionServiceSpec, httpproxy::HttpProxySpec, routepolicy::RoutePolicySpec,
};

/// One kind.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) names: Names,
    /// Of the whole object.
    pub(crate) schema: Structural,
}

/// The schemas as [`derived_schemas`] gives them: deriving them takes longer than reading them, and more code than a
/// browser should load.
const SCHEMAS: &str = include_str!("schemas.json");

const NAMES: [Names; 5] = [
    HttpProxySpec::NAMES,
    DelegationSpec::NAMES,
    ExtensionServiceSpec::NAMES,
    ContourConfigurationSpec::NAMES,
    RoutePolicySpec::NAMES,
];

static DEFINITIONS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let schemas: [Structural; 5] = serde_json::from_str(SCHEMAS).expect("a test compares the file with the types");
    defined(schemas)
});

fn defined(schemas: [Structural; 5]) -> Vec<Definition> {
    let definitions = NAMES.into_iter().zip(schemas);
    definitions
        .map(|(names, schema)| Definition { names, schema })
        .collect()
}

fn derived() -> Vec<Definition> {
    defined([
        derive::schema::<HttpProxySpec>(),
        derive::schema::<DelegationSpec>(),
        derive::schema::<ExtensionServiceSpec>(),
        derive::schema::<ContourConfigurationSpec>(),
        derive::schema::<RoutePolicySpec>(),
    ])
}

/// Every definition.
pub(crate) fn all() -> &'static [Definition] {
    &DEFINITIONS
}

/// The definition of a kind.
pub(crate) fn definition(api_version: &str, kind: &str) -> Option<&'static Definition> {
    let is_it = |names: &Names| names.kind == kind && names.api_version() == api_version;
    all().iter().find(|definition| is_it(&definition.names))
}

/// Every definition as an object of Kubernetes.
pub fn definitions() -> Vec<Value> {
    all().iter().map(Definition::to_json).collect()
}

/// Every definition as YAML, one document each.
pub fn yaml() -> String {
    yaml_of(all())
}

/// What [`yaml`] says once the schemas are those of the types.
pub fn derived_yaml() -> String {
    yaml_of(&derived())
}

/// The schemas of the types, in JSON, one on a line.
pub fn derived_schemas() -> String {
    let text = |definition: &Definition| serde_json::to_string(&definition.schema).expect("a schema is plain data");
    let schemas: Vec<_> = derived().iter().map(text).collect();
    format!("[\n{}\n]\n", schemas.join(",\n"))
}

/// The reference page of each kind, in Markdown, with its file's name.
pub fn reference_pages() -> Vec<(String, String)> {
    let file = |definition: &Definition| format!("{}.md", definition.names.kind.to_lowercase());
    derived()
        .iter()
        .map(|definition| (file(definition), reference::page(definition)))
        .collect()
}

fn yaml_of(definitions: &[Definition]) -> String {
    let mut text = String::new();
    for definition in definitions {
        text += "---\n";
        text += &serde_saphyr::to_string(&definition.to_json()).expect("a definition is plain data");
    }
    text
}

impl Definition {
    fn to_json(&self) -> Value {
        let names = &self.names;
        let mut version = json!({
            "name": names.version,
            "served": true,
            "storage": true,
            "subresources": {"status": {}},
            "schema": {"openAPIV3Schema": self.schema},
        });
        if !names.columns.is_empty() {
            let column = |(title, path, about): &(&str, &str, &str)| json!({"name": title, "type": "string", "jsonPath": path, "description": about});
            version["additionalPrinterColumns"] = names.columns.iter().map(column).collect();
        }
        let singular = names.kind.to_lowercase();
        let mut called = json!({
            "kind": names.kind,
            "listKind": format!("{}List", names.kind),
            "plural": names.plural,
            "singular": singular,
        });
        if !names.aliases.is_empty() {
            called["shortNames"] = json!(names.aliases);
        }
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{}.{}", names.plural, names.group)},
            "spec": {"group": names.group, "scope": "Namespaced", "names": called, "versions": [version]},
        })
    }
}
