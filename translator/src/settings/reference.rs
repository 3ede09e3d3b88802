//! The reference page of the settings, made of the types that read them.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{Flags, file::File, spelling::field_of};
use crate::crd::type_schema;

/// One key, or one flag.
#[derive(Debug)]
pub(super) struct Row {
    /// Below its block.
    pub(super) key: String,
    kind: &'static str,
    pub(super) default: String,
    meaning: String,
    field: String,
}

/// A block of the file with its keys.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) name: String,
    about: String,
    pub(super) rows: Vec<Row>,
}

/// The page `docs/settings.md`.
pub fn settings_reference() -> String {
    let mut page = include_str!("intro.md").to_owned();
    let (blocks, top) = blocks();
    for block in &blocks {
        let _ = writeln!(page, "\n## {}\n\n{}\n", block.name, block.about);
        page += &table(&block.rows);
    }
    page += "\n## Outside of blocks\n\n";
    page += &table(&top);
    page += "\n## Flags\n\n";
    page += &table(&flags());
    page
}

/// The blocks, and the keys that stand in none.
pub(super) fn blocks() -> (Vec<Block>, Vec<Row>) {
    let schema = type_schema::<File>();
    let (mut blocks, mut top) = (Vec::new(), Vec::new());
    for (name, schema) in fields(&schema) {
        if fields(schema).next().is_none() {
            top.push(row("", name, schema));
            continue;
        }
        let mut rows = Vec::new();
        collect(name, "", schema, &mut rows);
        let (about, _) = split_default(schema);
        blocks.push(Block {
            name: name.clone(),
            about,
            rows,
        });
    }
    (blocks, top)
}

fn flags() -> Vec<Row> {
    let schema = type_schema::<Flags>();
    let flag = |(name, schema)| row("", &format!("--{name}"), schema);
    fields(&schema).map(flag).collect()
}

fn collect(block: &str, path: &str, schema: &Value, rows: &mut Vec<Row>) {
    for (name, schema) in fields(schema) {
        let key = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let items = &schema["items"];
        if fields(schema).next().is_some() {
            rows.push(row(block, &key, schema));
            collect(block, &key, schema, rows);
        } else if fields(items).next().is_some() {
            rows.push(row(block, &key, schema));
            collect(block, &format!("{key}[]"), items, rows);
        } else {
            rows.push(row(block, &key, schema));
        }
    }
}

fn fields(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flat_map(Map::iter)
}

fn row(block: &str, key: &str, schema: &Value) -> Row {
    let (meaning, default) = split_default(schema);
    let path = if block.is_empty() {
        key.to_owned()
    } else {
        format!("{block}.{key}")
    };
    let field = field_of(&path.replace("[]", "")).map(|field| format!("`{field}`"));
    Row {
        key: key.to_owned(),
        kind: kind(schema),
        default,
        meaning,
        field: field.unwrap_or_default(),
    }
}

/// The words about a field, and its default if they end in one.
fn split_default(schema: &Value) -> (String, String) {
    let words = schema["description"].as_str().unwrap_or_default();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.split_once("Default: ") {
        Some((meaning, default)) => (meaning.trim().to_owned(), default.trim_end_matches('.').to_owned()),
        None => (words, String::new()),
    }
}

fn kind(schema: &Value) -> &'static str {
    match schema["type"].as_str() {
        Some("string") => "text",
        Some("integer" | "number") => "number",
        Some("boolean") => "switch",
        Some("array") => "list",
        Some("object") if fields(schema).next().is_some() => "block",
        Some("object") => "map",
        _ => "",
    }
}

fn table(rows: &[Row]) -> String {
    let mut table = "| Key | Type | Default | Meaning | ContourConfiguration |\n|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let Row {
            key,
            kind,
            default,
            meaning,
            field,
        } = row;
        let meaning = meaning.replace('|', r"\|");
        let _ = writeln!(table, "| `{key}` | {kind} | {default} | {meaning} | {field} |");
    }
    table
}
