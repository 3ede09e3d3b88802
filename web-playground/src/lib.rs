//! The translator for the browser: text in, JSON text out, nothing kept and nothing sent anywhere.

use isoline_translator::{
    Settings,
    manifest::{self, Content},
    report::{StatusReport, envoy_json},
};
use serde_json::json;
use wasm_bindgen::prelude::*;

/// Translates the YAML of some objects under the YAML of a configuration file.
///
/// Returns `{"objects", "rejected", "envoy"}`. Text that is not YAML is an error that starts with `line:column:`.
#[wasm_bindgen]
pub fn translate(yaml: &str, settings: &str) -> Result<String, JsError> {
    let settings = Settings::parse(settings).map_err(|error| JsError::new(&format!("settings: {error}")))?;
    let (mut objects, mut rejected) = (Vec::new(), Vec::new());
    for document in manifest::parse(yaml)? {
        match document.content {
            Content::Object(object) => objects.push(*object),
            Content::Rejected(rejection) => rejected.push(rejection),
            Content::Ignored { .. } => {}
        }
    }
    let translation = isoline_translator::translate(objects, settings);
    let report = StatusReport::new(&translation.statuses, &rejected);
    let view = json!({"objects": report.objects, "rejected": report.rejected, "envoy": envoy_json(&translation)});
    Ok(view.to_string())
}
