//! The messages that have a form of their own in proto-JSON.

use prost::Message;
use prost_types::{Any, Duration, ListValue, Struct, Timestamp, value::Kind};
use serde_json::{Map, Value, json};

use super::{JsonError, default, fields, scalar, shape_of};
use crate::{shapes::MessageShape, wire};

/// The form of that message, if it has one of its own.
pub(super) fn json(shape: &MessageShape, bytes: &[u8]) -> Option<Result<Value, JsonError>> {
    Some(match shape.name.strip_prefix("google.protobuf.")? {
        "Any" => decoded(bytes, any),
        "Duration" => decoded(bytes, |duration: Duration| Ok(duration.to_string().into())),
        "Timestamp" => decoded(bytes, |timestamp: Timestamp| Ok(timestamp.to_string().into())),
        "Empty" => Ok(json!({})),
        "Struct" => decoded(bytes, |object| Ok(object_json(object))),
        "ListValue" => decoded(bytes, |list| Ok(list_json(list))),
        "Value" => decoded(bytes, |value| Ok(value_json(value))),
        "BoolValue" | "StringValue" | "BytesValue" | "FloatValue" | "DoubleValue" | "Int32Value" | "Int64Value"
        | "UInt32Value" | "UInt64Value" => wrapped(shape, bytes),
        _ => return None,
    })
}

fn decoded<M: Message + Default>(
    bytes: &[u8],
    show: impl Fn(M) -> Result<Value, JsonError>,
) -> Result<Value, JsonError> {
    show(M::decode(bytes)?)
}

/// Envoy gives the empty `Any` a meaning: `config: {}` switches a filter on as it is.
fn any(any: Any) -> Result<Value, JsonError> {
    if any.type_url.is_empty() {
        return Ok(json!({}));
    }
    let shape = shape_of(&any.type_url)?;
    let mut shown = Map::from_iter([("@type".to_owned(), any.type_url.into())]);
    match json(shape, &any.value) {
        Some(value) => {
            shown.insert("value".to_owned(), value?);
        }
        None => shown.extend(fields(shape, &any.value)?),
    }
    Ok(shown.into())
}

/// A scalar that can be absent.
fn wrapped(shape: &MessageShape, bytes: &[u8]) -> Result<Value, JsonError> {
    let [field] = shape.fields.as_slice() else {
        return Err(JsonError::Malformed(format!("{} wraps no value", shape.name)));
    };
    let value = wire::fields(bytes)?.last().map(|(_, value)| *value);
    scalar(field, value.unwrap_or_else(|| default(field)))
}

fn object_json(object: Struct) -> Value {
    let fields = object.fields.into_iter();
    fields.map(|(name, value)| (name, value_json(value))).collect()
}

fn list_json(list: ListValue) -> Value {
    list.values.into_iter().map(value_json).collect()
}

fn value_json(value: prost_types::Value) -> Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(flag)) => flag.into(),
        Some(Kind::NumberValue(number)) => number.into(),
        Some(Kind::StringValue(text)) => text.into(),
        Some(Kind::ListValue(list)) => list_json(list),
        Some(Kind::StructValue(object)) => object_json(object),
    }
}
