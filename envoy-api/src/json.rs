//! Proto-JSON with field names as in the `.proto` files, as Envoy's own documentation writes them.

mod well_known;

use std::{collections::BTreeMap, fmt::Display, sync::LazyLock};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use prost::{Message as _, encoding::WireType};
use prost_types::{Any, field_descriptor_proto::Type};
use serde_json::{Map, Value};

use crate::{
    shapes::{Cardinality, EnumShape, FieldShape, MessageShape, Shapes},
    wire::{self, Wire},
};

static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    Shapes::decode(include_bytes!(concat!(env!("OUT_DIR"), "/shapes.bin")).as_slice())
        .expect("the build script wrote the shapes")
});

/// A message that cannot be shown as JSON.
#[derive(Debug)]
pub enum JsonError {
    /// The type URL names no message of this crate.
    UnknownType(String),
    /// The bytes are not a message of the named type.
    Malformed(String),
}

impl Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownType(url) => write!(f, "no Envoy message has the type URL {url}"),
            Self::Malformed(why) => write!(f, "not a well-formed message: {why}"),
        }
    }
}

impl std::error::Error for JsonError {}

impl From<prost::DecodeError> for JsonError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Shows a packed message in proto-JSON, without its own type URL but with those of the messages packed inside.
pub fn any_to_json(any: &Any) -> Result<Value, JsonError> {
    let mut json = message(shape_of(&any.type_url)?, &any.value)?;
    json.sort_all_objects();
    Ok(json)
}

fn shape_of(type_url: &str) -> Result<&'static MessageShape, JsonError> {
    let name = type_url.rsplit('/').next().unwrap_or_default();
    let messages = &SHAPES.messages;
    let place = messages.binary_search_by(|message| message.name.as_str().cmp(name));
    place
        .map(|place| &messages[place])
        .map_err(|_| JsonError::UnknownType(type_url.to_owned()))
}

fn message(shape: &MessageShape, bytes: &[u8]) -> Result<Value, JsonError> {
    match well_known::json(shape, bytes) {
        Some(json) => json,
        None => fields(shape, bytes).map(Value::Object),
    }
}

fn fields(shape: &MessageShape, bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for (number, value) in wire::fields(bytes)? {
        found.entry(number).or_default().push(value);
    }
    let mut json = Map::new();
    for (number, values) in found {
        if let Ok(place) = shape.fields.binary_search_by_key(&number, |field| field.number)
            && let Some(value) = field(&shape.fields[place], &values)?
        {
            json.insert(shape.fields[place].name.clone(), value);
        }
    }
    Ok(json)
}

/// The value of a field, unless it is the default that goes without saying.
fn field(shape: &FieldShape, values: &[Wire]) -> Result<Option<Value>, JsonError> {
    match shape.cardinality() {
        Cardinality::Map => map(shape, values).map(Some),
        Cardinality::List => list(shape, values),
        Cardinality::Implicit if values.last().is_none_or(|value| value.is_default()) => Ok(None),
        Cardinality::Implicit | Cardinality::Explicit => single(shape, values).map(Some),
    }
}

/// Of a value that was written twice the last counts; messages are merged, as if written one after the other.
fn single(shape: &FieldShape, values: &[Wire]) -> Result<Value, JsonError> {
    match values {
        [value] => scalar(shape, *value),
        [.., Wire::Bytes(_)] if shape.kind() == Type::Message => {
            let bytes = values.iter().filter_map(|value| match value {
                Wire::Bytes(bytes) => Some(*bytes),
                Wire::Number(_) => None,
            });
            scalar(shape, Wire::Bytes(&bytes.collect::<Vec<_>>().concat()))
        }
        [.., last] => scalar(shape, *last),
        [] => Ok(Value::Null),
    }
}

fn list(shape: &FieldShape, values: &[Wire]) -> Result<Option<Value>, JsonError> {
    let mut items = Vec::new();
    for value in values {
        match (value, packed_as(shape.kind())) {
            (Wire::Bytes(packed), Some(kind)) => {
                for number in wire::numbers(kind, packed)? {
                    items.push(scalar(shape, number)?);
                }
            }
            (value, _) => items.push(scalar(shape, *value)?),
        }
    }
    Ok((!items.is_empty()).then_some(Value::Array(items)))
}

fn packed_as(kind: Type) -> Option<WireType> {
    match kind {
        Type::String | Type::Bytes | Type::Message | Type::Group => None,
        Type::Double | Type::Fixed64 | Type::Sfixed64 => Some(WireType::SixtyFourBit),
        Type::Float | Type::Fixed32 | Type::Sfixed32 => Some(WireType::ThirtyTwoBit),
        _ => Some(WireType::Varint),
    }
}

fn map(shape: &FieldShape, entries: &[Wire]) -> Result<Value, JsonError> {
    let entry = &SHAPES.messages[shape.place as usize];
    let [key_shape, value_shape] = entry.fields.as_slice() else {
        return Err(JsonError::Malformed(format!("{} is no map", entry.name)));
    };
    let mut json = Map::new();
    for bytes in entries {
        let Wire::Bytes(bytes) = bytes else {
            return Err(mismatch(shape));
        };
        let (mut key, mut value) = (default(key_shape), default(value_shape));
        for (number, found) in wire::fields(bytes)? {
            match number {
                1 => key = found,
                2 => value = found,
                _ => {}
            }
        }
        let key = match scalar(key_shape, key)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        json.insert(key, scalar(value_shape, value)?);
    }
    Ok(Value::Object(json))
}

fn default(shape: &FieldShape) -> Wire<'static> {
    match packed_as(shape.kind()) {
        Some(_) => Wire::Number(0),
        None => Wire::Bytes(&[]),
    }
}

fn scalar(shape: &FieldShape, value: Wire) -> Result<Value, JsonError> {
    match (shape.kind(), value) {
        (Type::Message, Wire::Bytes(bytes)) => message(&SHAPES.messages[shape.place as usize], bytes),
        (Type::String, Wire::Bytes(bytes)) => text(bytes),
        (Type::Bytes, Wire::Bytes(bytes)) => Ok(BASE64_STANDARD.encode(bytes).into()),
        (Type::Enum, Wire::Number(bits)) => {
            Ok(enum_value(&SHAPES.enums[shape.place as usize], low(bits).cast_signed()))
        }
        (kind, Wire::Number(bits)) if packed_as(kind).is_some() => Ok(number(kind, bits)),
        _ => Err(mismatch(shape)),
    }
}

fn mismatch(shape: &FieldShape) -> JsonError {
    JsonError::Malformed(format!("{} is encoded as another type", shape.name))
}

fn text(bytes: &[u8]) -> Result<Value, JsonError> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(JsonError::Malformed(error.to_string())),
    }
}

/// Numbers of 64 bits are texts in proto-JSON.
fn number(kind: Type, bits: u64) -> Value {
    match kind {
        Type::Bool => (bits != 0).into(),
        Type::Double => float(f64::from_bits(bits)),
        Type::Float => float(f32::from_bits(low(bits)).into()),
        Type::Int64 | Type::Sfixed64 => bits.cast_signed().to_string().into(),
        Type::Sint64 => unfold(bits).to_string().into(),
        Type::Uint64 | Type::Fixed64 => bits.to_string().into(),
        Type::Sint32 => unfold(bits).into(),
        Type::Int32 | Type::Sfixed32 => low(bits).cast_signed().into(),
        _ => low(bits).into(),
    }
}

fn float(value: f64) -> Value {
    if value.is_finite() {
        value.into()
    } else if value.is_nan() {
        "NaN".into()
    } else {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.into()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "narrow numbers are encoded like wide ones"
)]
fn low(bits: u64) -> u32 {
    bits as u32
}

/// Small numbers of either sign are encoded as small numbers.
fn unfold(bits: u64) -> i64 {
    (bits >> 1).cast_signed() ^ -(bits & 1).cast_signed()
}

fn enum_value(shape: &EnumShape, number: i32) -> Value {
    match shape.values.iter().find(|value| value.number == number) {
        Some(_) if shape.name == "google.protobuf.NullValue" => Value::Null,
        Some(value) => value.name.as_str().into(),
        None => number.into(),
    }
}

#[cfg(test)]
mod tests;
