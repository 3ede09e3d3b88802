//! One golden case.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use isoline_translator::{
    Front, NamespacedName, Object, Settings, Translation, invariant_violations,
    manifest::{self, Content, Rejection},
    report::{StatusReport, envoy_json},
    translate,
};
use serde_json::{Value, json};

pub struct Case {
    pub settings: Settings,
    pub objects: Vec<Object>,
    pub rejected: Vec<Rejection>,
    shows_everything: bool,
}

impl Case {
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)?;
        let head = |key: &str| {
            let comments = text.lines().take_while(|line| line.starts_with('#'));
            comments
                .filter_map(|line| line.strip_prefix("# ")?.strip_prefix(key))
                .map(str::trim)
                .collect::<String>()
        };
        let settings = Settings::parse(&head("settings:"))?;
        let mut case = Self {
            settings: match head("listeners:").as_str() {
                "of a cluster" => settings.with_envoy_listeners()?,
                _ => settings,
            },
            objects: Vec::new(),
            rejected: Vec::new(),
            shows_everything: head("show:") == "everything",
        };
        for document in manifest::parse(&with_certificates(&text)?)? {
            match document.content {
                Content::Object(object) => case.objects.push(*object),
                Content::Rejected(rejection) => case.rejected.push(rejection),
                Content::Old(old) => bail!(
                    "line {}: {} belongs to the cases of `convert`",
                    document.line,
                    old.kind()
                ),
                Content::Ignored { kind } => bail!("line {}: nothing reads {kind}", document.line),
            }
        }
        Ok(case)
    }

    pub fn translate(&self) -> Translation {
        translate(self.objects.clone(), self.settings.clone())
    }

    /// The text of the expected output.
    pub fn run(&self) -> Result<String> {
        let translation = self.translate();
        let violations = invariant_violations(&translation);
        if !violations.is_empty() {
            bail!("broken invariants: {violations:#?}");
        }
        let report = StatusReport::new(&translation.statuses, &self.rejected);
        let unmet: Vec<_> = translation.unmet.iter().map(ToString::to_string).collect();
        let mut view = json!({"unmet": unmet, "objects": report.objects, "rejected": report.rejected, "envoy": envoy_json(&translation)});
        if !self.shows_everything {
            drop_what_is_always_there(&mut view["envoy"]);
        }
        if let Some(service) = &translation.front.service {
            view["front"] = front(service, &translation.front);
        }
        drop_empty(&mut view["envoy"]);
        drop_empty(&mut view);
        serde_saphyr::to_string(&view).context("the view is plain data")
    }
}

/// What stands in front, where a Service was asked.
fn front(service: &NamespacedName, front: &Front) -> Value {
    let warnings: Vec<_> = front.warnings.iter().map(ToString::to_string).collect();
    json!({"service": service.to_string(), "settings": front.load_balancer, "warnings": warnings})
}

/// Replaces each `TestCertificate` by a Secret with a certificate for its `dnsNames`.
fn with_certificates(text: &str) -> Result<String> {
    let mut documents = Vec::new();
    for document in text.split("\n---\n") {
        if !document.contains("kind: TestCertificate") {
            documents.push(document.to_owned());
            continue;
        }
        let value: Value = serde_saphyr::from_str(document)?;
        let names = value["dnsNames"].as_array().context("a TestCertificate has dnsNames")?;
        let names: Vec<_> = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let made = rcgen::generate_simple_self_signed(names)?;
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": value["metadata"], "type": "kubernetes.io/tls",
            "stringData": {"tls.crt": made.cert.pem(), "tls.key": made.signing_key.serialize_pem()},
        });
        documents.push(secret.to_string());
    }
    Ok(documents.join("\n---\n"))
}

/// Cleartext listeners and standing scopes name no host; the filters of a chain are those of every other.
fn drop_what_is_always_there(envoy: &mut Value) {
    envoy["runtime"] = json!([]);
    let is_standing = |scope: &Value| {
        ["not-found", "misdirected"]
            .map(Value::from)
            .contains(&scope["route_configuration"]["virtual_hosts"][0]["name"])
    };
    if let Some(scopes) = envoy["scopes"].as_array_mut() {
        scopes.retain(|scope| !is_standing(scope));
        for scope in scopes {
            let configuration = &mut scope["route_configuration"];
            *configuration = json!({"virtual_hosts": configuration["virtual_hosts"]});
        }
    }
    if let Some(extensions) = envoy["extensions"].as_array_mut() {
        extensions.retain(|extension| !is_idle(extension));
    }
    if let Some(listeners) = envoy["listeners"].as_array_mut() {
        let is_cleartext = |listener: &Value| {
            ["ingress_http", "ingress_tls_offload"]
                .map(Value::from)
                .contains(&listener["name"])
        };
        listeners.retain(|listener| !is_cleartext(listener));
        for listener in listeners.iter_mut().filter_map(Value::as_object_mut) {
            listener.remove("socket_options");
        }
        for chain in listeners
            .iter_mut()
            .filter(|listener| listener["name"] == "ingress_https")
            .filter_map(|listener| listener["filter_chains"].as_array_mut())
            .flatten()
        {
            for filter in chain["filters"].as_array_mut().into_iter().flatten() {
                if filter["name"] == "envoy.filters.network.http_connection_manager" {
                    *filter = json!({"name": filter["name"]});
                }
            }
        }
    }
}

/// A filter that no route uses: without providers, or with nothing but what refuses the unknown.
fn is_idle(extension: &Value) -> bool {
    let config = &extension["typed_config"];
    let filters = config["default_filter_chain"]["filters"].as_array();
    config["providers"].is_null() && filters.is_none_or(|filters| filters.len() == 1)
}

/// Empty lists at the top say nothing.
fn drop_empty(view: &mut Value) {
    if let Some(fields) = view.as_object_mut() {
        fields.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
    }
}
