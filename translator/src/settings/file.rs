//! The configuration file.

use isoline_policy::LoadBalancer;
use serde::Deserialize;

use super::{Listeners, Settings};

/// Settings that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(String);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct File {
    load_balancer: LoadBalancer,
    listeners: Listeners,
}

impl Settings {
    /// Reads a configuration file's text; an empty one means the defaults.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let file: Option<File> =
            serde_saphyr::from_str(text).map_err(|error| SettingsError(error.without_snippet().to_string()))?;
        let file = file.unwrap_or_default();
        Ok(Self {
            load_balancer: file.load_balancer,
            listeners: file.listeners,
            ..Self::default()
        })
    }
}
