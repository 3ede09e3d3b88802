//! The controller's configuration file, and what is to be said of it.

use isoline_translator::{Flags, Settings, SettingsError, Translation};
use serde::Serialize;

/// What is to be said of the settings.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SettingsView {
    error: Option<SettingsProblem>,
    warnings: Vec<String>,
    /// Those that are about the text alone.
    #[serde(skip)]
    remarks: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct SettingsProblem {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
}

impl SettingsView {
    /// Nothing if it cannot be read: those that were last read stay in force.
    pub(crate) fn read(&mut self, text: &str) -> Option<Settings> {
        match Settings::read(text, Flags::default()) {
            Ok((settings, remarks)) => {
                self.error = None;
                self.remarks = remarks.iter().map(ToString::to_string).collect();
                Some(settings)
            }
            Err(error) => {
                self.error = Some(error.into());
                None
            }
        }
    }

    /// Takes note of what the objects make of them.
    pub(crate) fn note(&mut self, translation: &Translation) {
        let unmet = translation.unmet.iter().map(ToString::to_string);
        let front = translation.front.warnings.iter().map(ToString::to_string);
        self.warnings = self.remarks.iter().cloned().chain(unmet).chain(front).collect();
    }
}

impl From<SettingsError> for SettingsProblem {
    fn from(error: SettingsError) -> Self {
        let place = error.problems.iter().find_map(|problem| problem.place);
        Self {
            message: error.to_string(),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
        }
    }
}
