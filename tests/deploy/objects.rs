//! Looking into objects.

use serde_json::Value;

/// The template of a workload's Pods, if the object is a workload.
pub(crate) fn template(object: &Value) -> Option<&Value> {
    let spec = &object["spec"];
    match object["kind"].as_str()? {
        "Deployment" | "DaemonSet" | "Job" => Some(&spec["template"]),
        "CronJob" => Some(&spec["jobTemplate"]["spec"]["template"]),
        _ => None,
    }
}

/// All containers of a Pod, in the order in which they start.
pub(crate) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| pod[list].as_array().into_iter().flatten())
}

/// The elements of a list.
pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The value of a flag of a container.
pub(crate) fn flag<'a>(container: &'a Value, name: &str) -> Option<&'a str> {
    list(&container["args"])
        .filter_map(Value::as_str)
        .find_map(|argument| argument.strip_prefix(name)?.strip_prefix('='))
}
