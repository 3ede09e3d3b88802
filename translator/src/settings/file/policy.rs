//! The block `policy`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{HeaderDefaults, HeaderPolicy, remark::At, text::Text};
use crate::proxy::headers;

/// Headers that every route gets unless its author says otherwise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(super) struct Policy {
    /// Of requests.
    request_headers: Headers,
    /// Of answers.
    response_headers: Headers,
    /// Whether the routes of Ingresses get them too. Default: `false`.
    #[serde(rename = "applyToIngress")]
    apply_to_ingress: bool,
}

/// Headers that are set and removed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Headers {
    /// Values by name; Envoy's variables are filled in. Default: `{}`.
    set: BTreeMap<String, Text>,
    /// Names. Default: `[]`.
    remove: Vec<String>,
}

impl Policy {
    pub(super) fn apply(self, to: &mut HeaderPolicy, at: &mut At<'_>) {
        to.request = self.request_headers.read(&mut at.block("request-headers"));
        to.response = self.response_headers.read(&mut at.block("response-headers"));
        to.apply_to_ingress = self.apply_to_ingress;
    }
}

impl Headers {
    fn read(self, at: &mut At<'_>) -> HeaderDefaults {
        let mut defaults = HeaderDefaults::default();
        for (name, value) in self.set {
            let value = value.0.unwrap_or_default();
            let header = at.read(&format!("set.{name}"), name.as_str(), |name| {
                let name = header_name(name)?;
                headers::check_value(&value).map_err(|problem| format!("invalid value: {problem}"))?;
                Ok(name)
            });
            let Some(header) = header else { continue };
            if defaults.set.insert(header.clone(), value).is_some() {
                at.problem(&format!("set.{name}"), format!("duplicate header addition: {header:?}"));
            }
        }
        let mut removed = BTreeSet::new();
        for (index, name) in self.remove.iter().enumerate() {
            if let Some(name) = at.read(&format!("remove[{index}]"), name.as_str(), removable) {
                removed.insert(name);
            }
        }
        defaults.remove = removed;
        defaults
    }
}

/// A header's name in its canonical form.
fn header_name(name: &str) -> Result<String, String> {
    headers::check_name(name).map_err(|problem| format!("invalid header name {name:?}: {problem}"))?;
    Ok(headers::canonical(name))
}

fn removable(name: &str) -> Result<String, String> {
    match header_name(name)?.as_str() {
        "Host" => Err("every request needs the header Host".to_owned()),
        name => Ok(name.to_owned()),
    }
}
