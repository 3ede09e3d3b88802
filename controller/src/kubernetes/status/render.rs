//! A status as it is stored.

use isoline_translator::{Condition, Kind, Status};
use serde_json::{Map, Value, json};

use super::programmed;
use crate::xds::Programmed;

/// What a status is made of, beside what is stored.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) kind: Kind,
    pub(super) generation: i64,
    pub(super) status: &'a Status,
    /// Whether Envoys have it, for the kinds of which that is said.
    pub(super) programmed: Option<Programmed>,
    /// `status.loadBalancer.ingress`; nothing if it is not known.
    pub(super) addresses: Option<&'a Value>,
}

impl Parts<'_> {
    /// The status to store. A transition has the time `now`, unless it was one before.
    pub(super) fn render(&self, stored: &Value, now: &str) -> Value {
        let mut status = Map::new();
        if self.kind == Kind::HttpProxy {
            status.insert("currentStatus".to_owned(), self.status.current_status.into());
            status.insert("description".to_owned(), self.status.description.as_str().into());
        }
        if self.kind != Kind::Ingress {
            status.insert("conditions".to_owned(), self.conditions(stored, now));
        }
        if matches!(self.kind, Kind::HttpProxy | Kind::Ingress) {
            // An address that is not known now is not gone: nobody's DNS records shall go for that.
            let known = stored.pointer("/loadBalancer/ingress").filter(|it| !it.is_null());
            if let Some(addresses) = self.addresses.or(known) {
                status.insert("loadBalancer".to_owned(), json!({"ingress": addresses}));
            }
        }
        Value::Object(status)
    }

    fn conditions(&self, stored: &Value, now: &str) -> Value {
        let render = |it: &Condition| condition(it, self.generation, stored, now);
        let mut conditions: Vec<_> = self.status.conditions.iter().map(render).collect();
        if let Some(programmed) = &self.programmed {
            let before = condition_of(stored, programmed::KIND);
            let condition = programmed::condition(programmed, self.generation, before);
            conditions.extend(condition.as_ref().map(render).or_else(|| before.cloned()));
        }
        conditions.into()
    }
}

fn condition(condition: &Condition, generation: i64, stored: &Value, now: &str) -> Value {
    let before = condition_of(stored, condition.kind).filter(|before| before["status"] == condition.status);
    let since = before
        .and_then(|before| before["lastTransitionTime"].as_str())
        .unwrap_or(now);
    let mut rendered = json!({
        "type": condition.kind,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "observedGeneration": generation,
        "lastTransitionTime": since,
    });
    for (key, parts) in [("errors", &condition.errors), ("warnings", &condition.warnings)] {
        if !parts.is_empty() {
            rendered[key] = json!(parts);
        }
    }
    rendered
}

fn condition_of<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status["conditions"].as_array()?.iter().find(|it| it["type"] == kind)
}

/// Whether all that is to be stored is stored; others may have stored more.
pub(super) fn is_stored(rendered: &Value, stored: &Value) -> bool {
    let Some(fields) = rendered.as_object() else {
        return true;
    };
    fields
        .iter()
        .all(|(key, value)| match (key.as_str(), value.as_array()) {
            ("conditions", Some(conditions)) => conditions.iter().all(|condition| {
                let before = condition_of(stored, condition["type"].as_str().unwrap_or_default());
                before.is_some_and(|before| before == condition)
            }),
            _ => stored[key] == *value,
        })
}

/// Whether two statuses say the same, whenever it came to be so.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    let timeless = |status: &Value| {
        let mut status = status.clone();
        for condition in status["conditions"].as_array_mut().into_iter().flatten() {
            condition["lastTransitionTime"] = Value::Null;
        }
        status
    };
    timeless(one) == timeless(other)
}

#[cfg(test)]
mod tests {
    use isoline_translator::Status;

    use super::*;

    fn rendered(stored: &Value, generation: i64, now: &str) -> Value {
        let status = Status::refused(Kind::HttpProxy, "spec: is odd".to_owned());
        let parts = Parts {
            kind: Kind::HttpProxy,
            generation,
            status: &status,
            programmed: None,
            addresses: None,
        };
        parts.render(stored, now)
    }

    #[test]
    fn the_time_of_a_condition_changes_with_its_status_only() {
        let first = rendered(&Value::Null, 1, "2026-01-01T00:00:00Z");
        assert_eq!(first["conditions"][0]["lastTransitionTime"], "2026-01-01T00:00:00Z");
        let second = rendered(&first, 2, "2026-01-02T00:00:00Z");
        assert_eq!(second["conditions"][0]["lastTransitionTime"], "2026-01-01T00:00:00Z");
        assert_eq!(second["conditions"][0]["observedGeneration"], 2);
        let mut valid = first;
        valid["conditions"][0]["status"] = "True".into();
        let third = rendered(&valid, 2, "2026-01-03T00:00:00Z");
        assert_eq!(third["conditions"][0]["lastTransitionTime"], "2026-01-03T00:00:00Z");
    }

    #[test]
    fn what_is_stored_is_not_stored_again_whatever_others_add() {
        let mut stored = rendered(&Value::Null, 1, "2026-01-01T00:00:00Z");
        stored["conditions"]
            .as_array_mut()
            .expect("a list")
            .push(json!({"type": "Other", "status": "True"}));
        stored["loadBalancer"] = json!({"ingress": [{"ip": "192.0.2.1"}]});
        let again = rendered(&stored, 1, "2026-01-02T00:00:00Z");
        assert_eq!(again["loadBalancer"], stored["loadBalancer"], "it is not taken away");
        assert!(is_stored(&again, &stored));
        assert!(!is_stored(&rendered(&stored, 2, "2026-01-02T00:00:00Z"), &stored));
    }
}
