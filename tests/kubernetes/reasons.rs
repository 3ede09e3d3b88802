//! Why an API server refuses an object.

use std::collections::BTreeSet;

use isoline_tests::api_server::Reply;
use serde_json::Value;

/// What it says.
pub(crate) enum Reasons {
    /// Nothing: it takes the object.
    None,
    /// Fields that nobody knows; what else is wrong it has not looked at.
    Unknown(BTreeSet<String>),
    /// Everything.
    All(BTreeSet<String>),
    /// That the text is no such object, in the words of its parser.
    Unreadable,
}

/// Its reasons.
pub(crate) fn of_server(reply: &Reply) -> Reasons {
    let message = reply.body["message"].as_str().unwrap_or_default();
    if reply.status < 300 {
        Reasons::None
    } else if let Some((_, fields)) = message.split_once("strict decoding error: ")
        && !fields.starts_with("yaml: ")
    {
        Reasons::Unknown(fields.split(", ").map(str::to_owned).collect())
    } else if let Some(causes) = reply.body["details"]["causes"].as_array() {
        Reasons::All(causes.iter().filter_map(cause).collect())
    } else {
        Reasons::Unreadable
    }
}

fn cause(cause: &Value) -> Option<String> {
    let text = |key: &str| cause[key].as_str().unwrap_or_default();
    let (field, message) = (text("field"), text("message"));
    if message.contains("some validation rules were not checked") {
        return None;
    }
    // A rule that cannot be evaluated is broken.
    let Some((_, rule)) = message.split_once(" evaluating rule: ") else {
        return Some(format!("{field}: {message}"));
    };
    Some(format!("{field}: Invalid value: \"object\": {rule}"))
}

impl Reasons {
    /// Whether they are those for which Isoline refuses it.
    pub(crate) fn agree_with(&self, ours: &BTreeSet<String>) -> bool {
        let is_unknown =
            |reason: &&String| reason.starts_with("unknown field") || reason.starts_with("duplicate field");
        match self {
            Self::None => ours.is_empty(),
            Self::Unknown(theirs) => ours.iter().filter(is_unknown).eq(theirs),
            Self::All(theirs) => ours == theirs,
            Self::Unreadable => !ours.is_empty(),
        }
    }
}
