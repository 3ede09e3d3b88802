//! From the schema of a Rust type to one that an API server understands.

use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Value, json};

use super::structural::Structural;
use crate::api::{Names, Resource};

/// The schema of a whole object.
pub(super) fn schema<S: Resource>() -> Structural {
    let Names {
        about,
        spec_is_required,
        ..
    } = S::NAMES;
    let mut schema = json!({
        "type": "object",
        "description": about,
        "properties": {
            "apiVersion": {"type": "string", "description": "Group and version."},
            "kind": {"type": "string", "description": "Kind."},
            "metadata": {"type": "object"},
            "spec": type_schema::<S>(),
            "status": S::status(),
        },
    });
    if spec_is_required {
        schema["required"] = json!(["spec"]);
    }
    serde_json::from_value(schema).expect("a test derives every schema")
}

/// The schema of a type, with everything in its place.
pub(crate) fn type_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::default().with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    });
    let mut schema = settings
        .with_transform(Plain)
        .into_generator()
        .into_root_schema_for::<T>();
    schema.remove("title");
    schema.into()
}

/// Takes out what only Rust says: that an optional value may be null, and that the default is nothing.
#[derive(Debug, Clone)]
struct Plain;

impl Transform for Plain {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::Array(kinds)) = schema.get("type") {
            let kind = kinds.iter().find(|kind| *kind != "null").cloned();
            schema.insert("type".to_owned(), kind.unwrap_or_default());
        }
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
        if schema.get("default").is_some_and(is_nothing) {
            schema.remove("default");
        }
        transform_subschemas(self, schema);
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}
