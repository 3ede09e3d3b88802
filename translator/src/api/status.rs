//! The schemas of statuses, which controllers write and nothing here reads.

use schemars::{Schema, json_schema};
use serde_json::{Value, json};

/// A name, perhaps with a DNS name before it.
const QUALIFIED_NAME: &str =
    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";

/// Conditions only.
pub(crate) fn of_conditions() -> Schema {
    json_schema!({
        "type": "object",
        "description": "What the controller says of it.",
        "properties": {"conditions": conditions()},
    })
}

/// Conditions, a summary of them, and where the host is served.
pub(crate) fn of_http_proxy() -> Schema {
    json_schema!({
        "type": "object",
        "description": "What the controller says of it.",
        "default": {"currentStatus": "NotReconciled", "description": "Waiting for controller"},
        "properties": {
            "currentStatus": {"type": "string", "description": "`valid`, `invalid` or `orphaned`."},
            "description": {"type": "string", "description": "What is wrong, in a line."},
            "conditions": conditions(),
            "loadBalancer": load_balancer(),
        },
    })
}

fn conditions() -> Value {
    let detail = json!({
        "type": "object",
        "description": "One error or warning.",
        "required": ["message", "reason", "status", "type"],
        "properties": detail(),
    });
    let mut properties = condition();
    properties["errors"] = json!({"type": "array", "description": "What is wrong.", "items": detail});
    properties["warnings"] = json!({"type": "array", "description": "What has no effect.", "items": detail});
    json!({
        "type": "array",
        "description": "One condition of each type.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "description": "One condition.",
            "required": ["lastTransitionTime", "message", "reason", "status", "type"],
            "properties": properties,
        },
    })
}

fn condition() -> Value {
    let mut properties = detail();
    properties["lastTransitionTime"] =
        json!({"type": "string", "format": "date-time", "description": "When its status changed."});
    properties["observedGeneration"] =
        json!({"type": "integer", "format": "int64", "minimum": 0, "description": "Generation that it is about."});
    properties
}

fn detail() -> Value {
    json!({
        "type": {
            "type": "string", "description": "What it is about.", "maxLength": 316,
            "pattern": QUALIFIED_NAME,
        },
        "status": {"type": "string", "description": "Whether it holds.", "enum": ["True", "False", "Unknown"]},
        "reason": {
            "type": "string", "description": "Why, in a word.", "minLength": 1, "maxLength": 1024,
            "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
        },
        "message": {"type": "string", "description": "Why, for people.", "maxLength": 32768},
    })
}

fn load_balancer() -> Value {
    let port = json!({
        "type": "object",
        "description": "A port of the address.",
        "required": ["port", "protocol"],
        "properties": {
            "port": {"type": "integer", "format": "int32", "description": "Its number."},
            "protocol": {"type": "string", "description": "Its protocol."},
            "error": {
                "type": "string", "description": "What is wrong with it.", "maxLength": 316,
                "pattern": QUALIFIED_NAME,
            },
        },
    });
    let ports = json!({
        "type": "array", "description": "Its ports.", "x-kubernetes-list-type": "atomic", "items": port,
    });
    let address = json!({
        "type": "object",
        "description": "An address.",
        "properties": {
            "hostname": {"type": "string", "description": "A name."},
            "ip": {"type": "string", "description": "An IP address."},
            "ipMode": {"type": "string", "description": "How it is reached."},
            "ports": ports,
        },
    });
    json!({
        "type": "object",
        "description": "Where it is served.",
        "properties": {
            "ingress": {
                "type": "array", "description": "Addresses.", "x-kubernetes-list-type": "atomic", "items": address,
            },
        },
    })
}
