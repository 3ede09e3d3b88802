//! Proto-JSON with field names as in the `.proto` files, as Envoy's own documentation writes them.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use prost_types::Any;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin")).as_slice())
        .expect("the build script wrote a complete descriptor set")
});

/// A message that cannot be shown as JSON.
#[derive(Debug)]
pub enum JsonError {
    /// The type URL names no message of this crate.
    UnknownType(String),
    /// The bytes are not a message of the named type.
    Malformed(String),
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownType(url) => write!(f, "no Envoy message has the type URL {url}"),
            Self::Malformed(why) => write!(f, "not a well-formed message: {why}"),
        }
    }
}

impl std::error::Error for JsonError {}

/// Shows a packed message in proto-JSON, without its own type URL but with those of the messages packed inside.
pub fn any_to_json(any: &Any) -> Result<serde_json::Value, JsonError> {
    let name = any.type_url.rsplit('/').next().unwrap_or_default();
    let descriptor = POOL
        .get_message_by_name(name)
        .ok_or_else(|| JsonError::UnknownType(any.type_url.clone()))?;
    let message =
        DynamicMessage::decode(descriptor, any.value.as_slice()).map_err(|e| JsonError::Malformed(e.to_string()))?;
    let options = SerializeOptions::new().use_proto_field_name(true);
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|e| JsonError::Malformed(e.to_string()))
}
