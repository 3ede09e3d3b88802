//! A kind's reference page: every field of its spec, as Markdown.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    Definition,
    structural::{Kind, Structural},
};
use crate::api::schema::in_words;

/// The page of a kind.
pub(super) fn page(definition: &Definition) -> String {
    let names = &definition.names;
    let mut page = Page::default();
    page.line(&format!("# {}\n", names.kind));
    page.line(&format!("{}\n", names.about));
    let short: Vec<_> = names.aliases.iter().map(|name| format!("`{name}`")).collect();
    let short = if short.is_empty() {
        String::new()
    } else {
        format!("; short names {}", short.join(", "))
    };
    page.line(&format!("`apiVersion: {}`{short}.\n", names.api_version()));
    page.line("Fields without a mark are optional. `cargo xtask generate` makes this page of the schema.");
    if let Some(spec) = definition.schema.properties.get("spec") {
        page.object("spec", spec);
    }
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
    /// The objects met so far, and the headings of their descriptions.
    places: Vec<(Value, String)>,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text += line;
        self.text.push('\n');
    }

    /// Describes an object, and then those in it that are new.
    fn object(&mut self, path: &str, schema: &Structural) {
        self.line(&format!("\n## {path}\n"));
        for rule in &schema.rules {
            self.line(&format!("Rule: {}.\n", rule.message));
        }
        self.line("| Field | Type | Default | Must be | Meaning |");
        self.line("|---|---|---|---|---|");
        let mut new = Vec::new();
        for (name, field) in &schema.properties {
            let (mark, object) = (suffix(field), element(field));
            let path = format!("{path}.{name}{mark}");
            let place = (!object.properties.is_empty()).then(|| self.place(&path, object, &mut new));
            self.field(name, field, place.as_deref(), schema.required.contains(name));
        }
        for (path, schema) in new {
            self.object(&path, schema);
        }
    }

    /// Where an object is described. One that is like none before is new, and is described at its own path.
    fn place<'a>(&mut self, path: &str, schema: &'a Structural, new: &mut Vec<(String, &'a Structural)>) -> String {
        let shape = shape(schema);
        if let Some((_, place)) = self.places.iter().find(|(known, _)| *known == shape) {
            return place.clone();
        }
        self.places.push((shape, path.to_owned()));
        new.push((path.to_owned(), schema));
        path.to_owned()
    }

    fn field(&mut self, name: &str, field: &Structural, place: Option<&str>, is_required: bool) {
        let kind = kind(field, place);
        let default = field.default.as_ref().map(|value| format!("`{}`", plain(value)));
        let mut must: Vec<_> = is_required.then(|| "**required**".to_owned()).into_iter().collect();
        must.extend(constraints(field));
        let row = format!(
            "| `{name}` | {kind} | {} | {} | {} |",
            default.unwrap_or_default(),
            must.join(", "),
            field.description.replace('|', r"\|").replace('\n', " "),
        );
        self.line(&row);
    }
}

/// What makes two objects the same to a reader.
fn shape(schema: &Structural) -> Value {
    let mut shape = serde_json::to_value(schema).expect("a schema is plain data");
    if let Some(fields) = shape.as_object_mut() {
        fields.remove("description");
    }
    shape
}

/// What a list or map holds, or the value itself.
fn element(schema: &Structural) -> &Structural {
    schema
        .items
        .as_deref()
        .or(schema.additional_properties.as_deref())
        .unwrap_or(schema)
}

fn suffix(schema: &Structural) -> &'static str {
    if schema.items.is_some() { "[]" } else { "" }
}

fn kind(schema: &Structural, place: Option<&str>) -> String {
    let element = element(schema);
    let word = match (element.kind, place) {
        (Kind::Object, Some(place)) => format!("[object](#{})", anchor(place)),
        (kind, _) => kind.as_str().to_owned(),
    };
    if schema.items.is_some() {
        format!("list of {word}")
    } else if schema.additional_properties.is_some() {
        format!("map of {word}")
    } else {
        word
    }
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == '-');
    kept.flat_map(char::to_lowercase).collect()
}

fn constraints(schema: &Structural) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(range("items", schema.min_items, schema.max_items));
    let of_each = |text: String| {
        if schema.items.is_some() {
            format!("each {text}")
        } else {
            text
        }
    };
    let value = element(schema);
    found.extend(range("characters", value.min_length, value.max_length).map(of_each));
    if let Some(pattern) = &value.pattern {
        let words = in_words(&pattern.text).map_or_else(|| format!("`{}`", pattern.text), str::to_owned);
        found.push(of_each(words));
    }
    if !value.values.is_empty() {
        let values: Vec<_> = value.values.iter().map(|value| format!("`{}`", plain(value))).collect();
        found.push(of_each(format!("one of {}", values.join(", "))));
    }
    let most = value.maximum.map(|most| most - i64::from(value.exclusive_maximum));
    found.extend(range("", value.minimum, most));
    found
}

fn range(unit: &str, least: Option<i64>, most: Option<i64>) -> Option<String> {
    let mut text = match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(1), None) if !unit.is_empty() => return Some("not empty".to_owned()),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => return None,
    };
    if !unit.is_empty() {
        let _ = write!(text, " {unit}");
    }
    Some(text)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
