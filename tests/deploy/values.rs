//! Values: the wrong ones are refused, and the settings among them are those of Isoline.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use isoline_tests::deploy;
use isoline_translator::Settings;
use serde_json::Value;

use crate::forms;

#[test]
fn isoline_understands_the_settings_of_every_form() -> Result<()> {
    for form in forms::all()? {
        let settings = form.one("ConfigMap", "isoline")?["data"]["isoline.yaml"].as_str();
        let settings = settings.context("it has settings")?;
        Settings::parse(settings).with_context(|| format!("{}: {settings}", form.name))?;
    }
    Ok(())
}

#[test]
fn what_cannot_be_is_refused_with_the_way_out() {
    let refused = [
        ("envoy.hostNetwrk=true", "hostNetwrk"),
        ("form=Both", "form"),
        ("image.digest=sha256:1", "digest"),
        ("envoy.autoscaling.enabled=true", "envoy.kind: Deployment"),
        (
            "envoy.service.ports.https.listener=tls-offload",
            "config.listeners.tlsOffload.enabled",
        ),
        ("config.debug=true,contourConfigName=x", "exclude each other"),
        (
            "envoy.hostNetwork=true,metrics.podMonitor.enabled=true",
            "envoy.statistics.address",
        ),
    ];
    for (values, expected) in refused {
        let error = deploy::rendered(&["--set", values]).expect_err(values).to_string();
        assert!(error.contains(expected), "{values}: {error}");
    }
}

#[test]
fn the_schema_has_every_value_and_no_other() -> Result<()> {
    let read = |file: &str| fs::read_to_string(deploy::chart().join(file));
    let values: Value = serde_saphyr::from_str(&read("values.yaml")?)?;
    let schema: Value = serde_json::from_str(&read("values.schema.json")?)?;
    let mut problems = Vec::new();
    compare("", &values, &schema, &schema, &mut problems);
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// Optional values that have no default.
const WITHOUT_DEFAULT: [&str; 2] = ["claims", "nodePort"];

fn compare(path: &str, value: &Value, schema: &Value, root: &Value, problems: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null),
        None => schema,
    };
    let (Some(values), Some(properties)) = (value.as_object(), schema["properties"].as_object()) else {
        return;
    };
    for name in properties.keys() {
        if !values.contains_key(name) && !WITHOUT_DEFAULT.contains(&name.as_str()) {
            problems.push(format!("{path}.{name} is in the schema alone"));
        }
    }
    for (name, value) in values {
        match properties.get(name) {
            Some(schema) => compare(&format!("{path}.{name}"), value, schema, root, problems),
            None => problems.push(format!("{path}.{name} is in the values alone")),
        }
    }
}
