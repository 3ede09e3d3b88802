//! The runtime layer: what Envoy takes from no other message.

use std::collections::BTreeMap;

use isoline_envoy_api::{Struct, Value, envoy::service::runtime::v3::Runtime, value};

use crate::{
    resource::{Resource, ResourceKey, ResourceType},
    settings::Settings,
};

/// The layer's name, which Envoy's bootstrap asks for.
pub const LAYER: &str = "isoline";

/// How large a regular expression may become: more is refused, or logged.
const REGEX_SIZES: [(&str, &str); 2] = [
    ("re2.max_program_size.error_level", "1048576"),
    ("re2.max_program_size.warn_level", "1000"),
];

/// The operator's settings that are runtime keys.
pub(crate) fn runtime(settings: &Settings) -> (ResourceKey, Resource) {
    let fields = keys(settings).into_iter().map(|(key, text)| (key, value(text)));
    let message = Runtime {
        name: LAYER.to_owned(),
        layer: Some(Struct {
            fields: fields.collect(),
        }),
    };
    let key = ResourceKey {
        kind: ResourceType::Runtime,
        name: LAYER.to_owned(),
    };
    (key, Resource::new(&message))
}

/// What has a setting of its own wins; regular expressions may be given other sizes.
fn keys(settings: &Settings) -> BTreeMap<String, String> {
    let mut keys: BTreeMap<_, _> = REGEX_SIZES.map(|(key, size)| (key.to_owned(), size.to_owned())).into();
    keys.extend(settings.runtime.clone());
    keys.extend(settings.managed_runtime());
    keys
}

fn value(text: String) -> Value {
    Value {
        kind: Some(value::Kind::StringValue(text)),
    }
}
