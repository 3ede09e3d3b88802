//! A value against the structural schema of its kind, as an API server checks it.

use serde_json::{Map, Number, Value};

use super::problem::{FieldProblem, Path};
use crate::crd::structural::{Kind, Structural};

/// Everything that is wrong with a value, which is given the schema's defaults.
pub(super) fn validate(schema: &Structural, value: &mut Value) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let status = value.get_mut("status").map(Value::take).unwrap_or_default();
    complete(schema, value);
    check(schema, value, Path::Root, &mut problems);
    check_status(schema, &status, &mut problems);
    if !problems.iter().any(FieldProblem::blocks_rules) {
        apply_rules(schema, value, Path::Root, &mut problems);
    }
    problems
}

/// Whoever writes a whole object does not write its status, which is therefore dropped; but its fields must exist.
fn check_status(schema: &Structural, status: &Value, problems: &mut Vec<FieldProblem>) {
    let mut found = Vec::new();
    if let Some(schema) = schema.field("status") {
        check(schema, status, Path::Field(&Path::Root, "status"), &mut found);
    }
    problems.extend(found.into_iter().filter(FieldProblem::is_unknown));
}

/// Takes out what is null, and puts in what is missing and has a default.
fn complete(schema: &Structural, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, field| !field.is_null() || schema.field(name).is_none());
            for (name, field) in &schema.properties {
                if let Some(default) = &field.default {
                    fields.entry(name).or_insert_with(|| default.clone());
                }
            }
            for (name, field) in fields {
                if let Some(schema) = schema.field(name) {
                    complete(schema, field);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                for item in items {
                    complete(schema, item);
                }
            }
        }
        _ => {}
    }
}

fn check(schema: &Structural, value: &Value, path: Path<'_>, problems: &mut Vec<FieldProblem>) {
    if !is_of(schema.kind, value) {
        problems.push(FieldProblem::wrong_type(path, schema.kind.as_str(), kind_of(value)));
    }
    if !schema.values.is_empty() && !schema.values.contains(value) {
        problems.push(FieldProblem::unsupported(path, value, &schema.values));
    }
    match value {
        Value::String(text) => problems.extend(check_text(schema, text, path)),
        Value::Number(number) => problems.extend(check_number(schema, number, path)),
        Value::Array(items) => check_items(schema, items, path, problems),
        Value::Object(fields) => check_fields(schema, fields, path, problems),
        Value::Null | Value::Bool(_) => {}
    }
}

fn check_text(schema: &Structural, text: &str, path: Path<'_>) -> Option<FieldProblem> {
    let invalid = |detail: String| {
        Some(FieldProblem::invalid(
            path,
            &text.into(),
            format!("{path} in body {detail}"),
        ))
    };
    let length = count(text.chars());
    match (schema.max_length, schema.min_length, &schema.pattern) {
        (Some(most), ..) if length > most => Some(FieldProblem::too_long(path, most)),
        (_, Some(least), _) if length < least => invalid(format!("should be at least {least} chars long")),
        (.., Some(pattern)) if !pattern.matches(text) => invalid(format!("should match '{}'", pattern.text)),
        _ => None,
    }
}

fn check_number(schema: &Structural, number: &Number, path: Path<'_>) -> Option<FieldProblem> {
    let value = number.as_i64()?;
    let (least, most, below) = (schema.minimum, schema.maximum, schema.exclusive_maximum);
    let detail = if let Some(least) = least.filter(|least| value < *least) {
        format!("should be greater than or equal to {least}")
    } else if let Some(most) = most.filter(|most| below && value >= *most) {
        format!("should be less than {most}")
    } else {
        let most = most.filter(|most| value > *most)?;
        format!("should be less than or equal to {most}")
    };
    let value = Value::Number(number.clone());
    Some(FieldProblem::invalid(
        path,
        &value,
        format_args!("{path} in body {detail}"),
    ))
}

fn check_items(schema: &Structural, items: &[Value], path: Path<'_>, problems: &mut Vec<FieldProblem>) {
    if let Some(schema) = &schema.items {
        for (index, item) in items.iter().enumerate() {
            check(schema, item, Path::Item(&path, index), problems);
        }
    }
    let count = count(items);
    if let Some(least) = schema.min_items.filter(|least| count < *least) {
        let detail = format!("{path} in body should have at least {least} items");
        problems.push(FieldProblem::invalid(path, &count.into(), detail));
    }
    if let Some(most) = schema.max_items.filter(|most| count > *most) {
        problems.push(FieldProblem::too_many(path, count, most));
    }
}

fn check_fields(schema: &Structural, fields: &Map<String, Value>, path: Path<'_>, problems: &mut Vec<FieldProblem>) {
    for (name, field) in fields {
        let path = Path::Field(&path, name);
        match schema.field(name) {
            Some(schema) => check(schema, field, path, problems),
            None => problems.push(FieldProblem::unknown(path)),
        }
    }
    let missing = schema.required.iter().filter(|name| !fields.contains_key(*name));
    problems.extend(missing.map(|name| FieldProblem::required(Path::Field(&path, name), "")));
}

fn apply_rules(schema: &Structural, value: &Value, path: Path<'_>, problems: &mut Vec<FieldProblem>) {
    match value {
        Value::Object(fields) => {
            let broken = schema.rules.iter().filter(|rule| !(rule.holds)(fields));
            problems.extend(broken.map(|rule| FieldProblem::invalid(path, &"object".into(), rule.message)));
            for (name, field) in fields {
                if let Some(schema) = schema.field(name) {
                    apply_rules(schema, field, Path::Field(&path, name), problems);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    apply_rules(schema, item, Path::Item(&path, index), problems);
                }
            }
        }
        _ => {}
    }
}

fn count<T>(items: impl IntoIterator<Item = T>) -> i64 {
    i64::try_from(items.into_iter().count()).unwrap_or(i64::MAX)
}

fn is_of(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Integer => value.is_i64(),
        kind => kind.as_str() == kind_of(value),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
