//! Proto-JSON with field names as in the `.proto` files, as Envoy's own documentation writes them.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use prost_types::Any;

use crate::empty_any;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let mut pool = DescriptorPool::decode(include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin")).as_slice())
        .expect("the build script wrote a complete descriptor set");
    pool.add_file_descriptor_proto(empty_any::file())
        .expect("the file is complete and its name free");
    pool
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
    let mut message =
        DynamicMessage::decode(descriptor, any.value.as_slice()).map_err(|e| JsonError::Malformed(e.to_string()))?;
    empty_any::disguise(&mut message).map_err(|e| JsonError::Malformed(e.to_string()))?;
    let options = SerializeOptions::new().use_proto_field_name(true);
    let mut json = message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|e| JsonError::Malformed(e.to_string()))?;
    empty_any::reveal(&mut json);
    // The entries of a map come in hash order.
    json.sort_all_objects();
    Ok(json)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::{
        any,
        envoy::config::route::v3::{FilterConfig, Route, RouteConfiguration, VirtualHost},
    };

    #[test]
    fn an_empty_any_is_an_empty_object_at_any_depth() {
        let on = FilterConfig {
            config: Some(Any::default()),
            ..Default::default()
        };
        let routes = RouteConfiguration {
            typed_per_filter_config: BTreeMap::from([("f".to_owned(), any(&on))]),
            ..Default::default()
        };
        let config = json!({"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": {}});
        let expected = json!({"typed_per_filter_config": {"f": config}});
        assert_eq!(any_to_json(&any(&routes)).expect("well-formed"), expected);
        let hosts = RouteConfiguration {
            virtual_hosts: vec![VirtualHost {
                routes: vec![Route {
                    typed_per_filter_config: routes.typed_per_filter_config,
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        assert_eq!(
            any_to_json(&any(&hosts)).expect("well-formed"),
            json!({"virtual_hosts": [{"routes": [expected]}]})
        );
    }
}
