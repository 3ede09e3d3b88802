//! The empty `Any` in proto-JSON.
//!
//! Envoy gives it a meaning (`config: {}` switches a filter on as it is), the serializer does not know it. So it goes in
//! disguised as a type of its own and comes out as `{}`.

use prost::{DecodeError, Message};
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage, Value};
use prost_types::{Any, DescriptorProto, FileDescriptorProto};
use serde_json::{Map, Value as Json};

const DISGUISE: &str = "type.googleapis.com/isoline.EmptyAny";

/// The type of the disguise, for the pool that the serializer asks.
pub(crate) fn file() -> FileDescriptorProto {
    let message = DescriptorProto {
        name: Some("EmptyAny".to_owned()),
        ..Default::default()
    };
    FileDescriptorProto {
        name: Some("isoline/empty_any.proto".to_owned()),
        package: Some("isoline".to_owned()),
        message_type: vec![message],
        ..Default::default()
    }
}

/// Disguises every empty `Any`, however deep.
pub(crate) fn disguise(message: &mut DynamicMessage) -> Result<(), DecodeError> {
    let descriptor = message.descriptor();
    if descriptor.full_name() == "google.protobuf.Any" {
        let any = disguise_any(message.transcode_to()?, descriptor.parent_pool())?;
        return message.transcode_from(&any);
    }
    message.fields_mut().try_for_each(|(_, value)| disguise_value(value))
}

fn disguise_any(mut any: Any, pool: &DescriptorPool) -> Result<Any, DecodeError> {
    let name = any.type_url.rsplit('/').next().unwrap_or_default();
    if any.type_url.is_empty() {
        DISGUISE.clone_into(&mut any.type_url);
    } else if let Some(descriptor) = pool.get_message_by_name(name) {
        let mut inner = DynamicMessage::decode(descriptor, any.value.as_slice())?;
        disguise(&mut inner)?;
        any.value = inner.encode_to_vec();
    }
    Ok(any)
}

fn disguise_value(value: &mut Value) -> Result<(), DecodeError> {
    match value {
        Value::Message(message) => disguise(message),
        Value::List(values) => values.iter_mut().try_for_each(disguise_value),
        Value::Map(entries) => entries.values_mut().try_for_each(disguise_value),
        _ => Ok(()),
    }
}

/// Takes every disguise off again.
pub(crate) fn reveal(json: &mut Json) {
    match json {
        Json::Object(object) if object.get("@type").is_some_and(|kind| kind == DISGUISE) => *object = Map::new(),
        Json::Object(object) => object.values_mut().for_each(reveal),
        Json::Array(items) => items.iter_mut().for_each(reveal),
        _ => {}
    }
}
