//! The block `policy`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{HeaderDefaults, HeaderPolicy, remark::At, text::Text};

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
                header_value(&value).map(|()| name)
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
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.is_empty() || !name.bytes().all(is_valid) {
        return Err(format!(
            "invalid header name {name:?}: [a valid HTTP header must consist of alphanumeric characters or '-' (e.g. \
             'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')]"
        ));
    }
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
    });
    Ok(words.collect::<Vec<_>>().join("-"))
}

fn removable(name: &str) -> Result<String, String> {
    match header_name(name)?.as_str() {
        "Host" => Err("Envoy cannot remove the header Host".to_owned()),
        name => Ok(name.to_owned()),
    }
}

fn header_value(value: &str) -> Result<(), String> {
    match value.chars().find(|c| matches!(c, '\0' | '\r' | '\n')) {
        Some(character) => Err(format!("a header's value cannot hold {character:?}")),
        None => Ok(()),
    }
}
