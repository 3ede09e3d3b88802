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
/// Returns `{"objects", "rejected", "notes", "envoy"}`; the notes say what a conversion to HTTPProxy could not keep. Text that is not YAML is an error that starts with `line:column:`.
#[wasm_bindgen]
pub fn translate(yaml: &str, settings: &str) -> Result<String, JsError> {
    let settings = Settings::parse(settings).map_err(|error| JsError::new(&format!("settings: {error}")))?;
    let (mut objects, mut rejected) = (Vec::new(), Vec::new());
    let mut documents = manifest::parse(yaml)?;
    let notes = manifest::convert_old(&mut documents);
    for document in documents {
        match document.content {
            Content::Object(object) => objects.push(*object),
            Content::Rejected(rejection) => rejected.push(rejection),
            Content::Ignored { .. } | Content::Old(_) => {}
        }
    }
    let translation = isoline_translator::translate(objects, settings);
    let report = StatusReport::new(&translation.statuses, &rejected);
    let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    let (objects, rejected, envoy) = (report.objects, report.rejected, envoy_json(&translation));
    let view = json!({"objects": objects, "rejected": rejected, "notes": notes, "envoy": envoy});
    Ok(view.to_string())
}
