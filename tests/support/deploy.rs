//! What is shipped to run in a cluster: the chart, what it comes to, and the manifests that are rendered from it.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::parts;

/// The namespace that manifests are rendered for.
pub const NAMESPACE: &str = "isoline";
/// Envoy's Service in them.
pub const ENVOY: &str = "isoline-envoy";
/// The manifest of the usual form.
pub const MANIFEST: &str = "deploy/isoline.yaml";
/// The manifest of the form that serves some namespaces, and may do nothing in others.
pub const NAMESPACED: &str = "deploy/rendered/namespaced.yaml";

const CHART: &str = "deploy/helm/isoline";
/// The oldest Kubernetes that the chart is for.
const KUBERNETES: &str = "1.29.0";

/// The chart.
pub fn chart() -> PathBuf {
    parts::checkout().join(CHART)
}

/// A run of Helm on the chart, with these arguments besides; what it printed.
pub fn helm(command: &[&str], arguments: &[&str]) -> Result<String> {
    let output = Command::new(parts::helm()?)
        .args(command)
        .arg(CHART)
        .args(["--kube-version", KUBERNETES])
        .args(arguments)
        .current_dir(parts::checkout())
        .output()?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    ensure!(
        output.status.success(),
        "helm: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    Ok(text(&output.stdout))
}

/// What the chart comes to.
pub fn rendered(arguments: &[&str]) -> Result<String> {
    helm(&["template", "isoline", "--namespace", NAMESPACE], arguments)
}

/// The objects of a manifest.
pub fn objects(manifest: &str) -> Result<Vec<Value>> {
    let objects: Vec<Value> = serde_saphyr::from_multiple(manifest)?;
    Ok(objects.into_iter().filter(|object| !object.is_null()).collect())
}

/// The objects of a file, named from the root of the checkout.
pub fn objects_of(file: &str) -> Result<Vec<Value>> {
    let text = fs::read_to_string(parts::checkout().join(file)).with_context(|| file.to_owned())?;
    objects(&text).with_context(|| file.to_owned())
}

/// What a manifest lets the controller do: its service account, and the roles with their bindings.
pub fn rights(file: &str) -> Result<Vec<Value>> {
    let mut objects = objects_of(file)?;
    objects.retain(|object| {
        object["metadata"]["labels"]["app.kubernetes.io/component"] == "controller"
            && (object["kind"] == "ServiceAccount" || object["apiVersion"] == "rbac.authorization.k8s.io/v1")
    });
    Ok(objects)
}
