//! What differs between a recorded result and ours, and which differences are ours on purpose.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::case::parse;

/// One difference that is ours on purpose.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deliberate {
    pub case: String,
    /// Its name; nothing stands for the facts beside the requests.
    pub request: Option<Value>,
    /// The JSON merge patch that makes our result of the recorded one.
    pub what: Value,
    #[serde(rename = "reason")]
    _reason: String,
}

impl Deliberate {
    /// All that are written down in a file.
    pub fn read(path: &Path) -> Result<Vec<Self>> {
        let list = parse(&fs::read_to_string(path)?)?.pop();
        Ok(list.map(serde_json::from_value).transpose()?.unwrap_or_default())
    }
}

/// How the requests of a case, or of many, came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub equal: usize,
    pub deliberate: usize,
    pub differ: usize,
}

impl Counts {
    /// Adds another case's.
    pub fn add(&mut self, other: Self) {
        self.equal += other.equal;
        self.deliberate += other.deliberate;
        self.differ += other.differ;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            equal,
            deliberate,
            differ,
        } = self;
        let all = equal + deliberate + differ;
        write!(
            f,
            "{all} requests: {equal} equal, {deliberate} deliberate, {differ} differ"
        )
    }
}

/// A case compared.
#[derive(Debug, Default)]
pub struct Comparison {
    pub counts: Counts,
    /// What is wrong, for people; empty if nothing is.
    pub report: String,
}

impl Comparison {
    /// Compares a case's results, both as they are written down, given what differs on purpose in this case.
    pub fn new(expected: &Value, actual: &Value, deliberate: &[Deliberate]) -> Self {
        let mut comparison = Self::default();
        comparison.take(
            "",
            None,
            &beside_requests(expected),
            &beside_requests(actual),
            deliberate,
        );
        let no_requests = Vec::new();
        let expected = expected["requests"].as_array().unwrap_or(&no_requests);
        let actual = actual["requests"].as_array().unwrap_or(&no_requests);
        for number in 0..expected.len().max(actual.len()) {
            let (expected, actual) = (expected.get(number), actual.get(number));
            let name = expected.or(actual).map_or(&Value::Null, |request| &request["name"]);
            let (expected, actual) = (expected.unwrap_or(&Value::Null), actual.unwrap_or(&Value::Null));
            let count = comparison.take(&text(name), Some(name), expected, actual, deliberate);
            comparison.counts.add(count);
        }
        for stray in deliberate.iter().filter(|entry| !entry.is_of(actual)) {
            let name = stray.request.as_ref().map_or_else(String::new, text);
            let _ = writeln!(
                comparison.report,
                "  {name}: a deliberate difference names a request that is not there"
            );
        }
        comparison
    }

    /// Compares one part; says how it counts if it is a request.
    fn take(
        &mut self,
        title: &str,
        name: Option<&Value>,
        expected: &Value,
        actual: &Value,
        deliberate: &[Deliberate],
    ) -> Counts {
        let listed = deliberate.iter().find(|entry| entry.request.as_ref() == name);
        let difference = difference(expected, actual);
        let lines = match (difference, listed) {
            (None, None) => {
                return Counts {
                    equal: 1,
                    ..Counts::default()
                };
            }
            (Some(difference), Some(listed)) if difference == listed.what => {
                return Counts {
                    deliberate: 1,
                    ..Counts::default()
                };
            }
            (None, Some(_)) => "    a deliberate difference no longer occurs\n".to_owned(),
            (Some(difference), None) => shown(&difference, expected),
            (Some(difference), Some(_)) => {
                format!(
                    "    not the difference that is deliberate:\n{}",
                    shown(&difference, expected)
                )
            }
        };
        let title = if title.is_empty() { "beside the requests" } else { title };
        let _ = write!(self.report, "  {title}:\n{lines}");
        Counts {
            differ: 1,
            ..Counts::default()
        }
    }
}

impl Deliberate {
    fn is_of(&self, requests: &[Value]) -> bool {
        let name = self.request.as_ref();
        name.is_none_or(|name| requests.iter().any(|request| request["name"] == *name))
    }
}

/// Every fact of a result but its requests.
fn beside_requests(result: &Value) -> Value {
    let mut facts = result.as_object().cloned().unwrap_or_default();
    facts.remove("requests");
    Value::Object(facts)
}

/// The JSON merge patch that leads from one to the other; nothing if they are equal. The order of fields is no difference.
fn difference(from: &Value, to: &Value) -> Option<Value> {
    if from == to {
        return None;
    }
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return Some(to.clone());
    };
    let mut patch = Map::new();
    for (name, value) in to {
        let old = from.get(name);
        let changed = old.map_or_else(|| Some(value.clone()), |old| difference(old, value));
        patch.extend(changed.map(|value| (name.clone(), value)));
    }
    let gone = from.keys().filter(|name| !to.contains_key(*name));
    patch.extend(gone.map(|name| (name.clone(), Value::Null)));
    Some(Value::Object(patch))
}

/// A difference for people: a line for each fact.
fn shown(difference: &Value, expected: &Value) -> String {
    if difference.is_null() {
        return "    was not played\n".to_owned();
    }
    let mut lines = String::new();
    show(&mut lines, "", difference, expected);
    lines
}

fn show(lines: &mut String, path: &str, difference: &Value, expected: &Value) {
    match difference {
        Value::Object(fields) if expected.is_object() => {
            for (name, value) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                show(lines, &path, value, &expected[name]);
            }
        }
        actual => {
            let side = |value: &Value| {
                if value.is_null() {
                    "(absent)".to_owned()
                } else {
                    value.to_string()
                }
            };
            let _ = writeln!(lines, "    {path}: {}, expected {}", side(actual), side(expected));
        }
    }
}

fn text(name: &Value) -> String {
    name.as_str().map_or_else(|| name.to_string(), str::to_owned)
}

/// As it is written down, for a comparison.
pub fn as_value(yaml: &str) -> Result<Value> {
    Ok(parse(yaml)?.pop().unwrap_or_else(|| json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(request: &Value) -> Value {
        json!({"proxies": {"a/b": "valid"}, "requests": [{"name": "same", "status": 200}, request]})
    }

    fn deliberate(entry: Value) -> Vec<Deliberate> {
        vec![serde_json::from_value(entry).unwrap()]
    }

    const OURS: &str = r#"{"name": "one", "status": 200, "upstream": {"headers": {"b": "1", "a": "2"}}}"#;
    const THEIRS: &str = r#"{"name": "one", "status": 404, "body": "", "upstream": {"headers": {"a": "2", "b": "2"}}}"#;

    fn compare(deliberate: &[Deliberate]) -> Comparison {
        let [theirs, ours] = [THEIRS, OURS].map(|text| result(&serde_json::from_str(text).unwrap()));
        Comparison::new(&theirs, &ours, deliberate)
    }

    #[test]
    fn each_fact_that_differs_is_told() {
        let comparison = compare(&[]);
        assert_eq!(
            comparison.counts.to_string(),
            "2 requests: 1 equal, 0 deliberate, 1 differ"
        );
        assert_eq!(
            comparison.report,
            "  one:\n    status: 200, expected 404\n    upstream.headers.b: \"1\", expected \"2\"\n    body: (absent), expected \"\"\n"
        );
    }

    #[test]
    fn a_deliberate_difference_is_exactly_what_is_listed() {
        let what = json!({"status": 200, "body": null, "upstream": {"headers": {"b": "1"}}});
        let comparison = compare(&deliberate(
            json!({"case": "c", "request": "one", "what": what, "reason": "r"}),
        ));
        assert_eq!(comparison.report, "");
        assert_eq!(
            comparison.counts,
            Counts {
                equal: 1,
                deliberate: 1,
                differ: 0
            }
        );

        let comparison = compare(&deliberate(
            json!({"case": "c", "request": "one", "what": {"status": 200}, "reason": "r"}),
        ));
        assert_eq!(comparison.counts.differ, 1);
        assert!(
            comparison.report.contains("not the difference"),
            "{}",
            comparison.report
        );
    }

    #[test]
    fn a_deliberate_difference_must_occur() {
        let comparison = compare(&deliberate(
            json!({"case": "c", "request": "same", "what": {"status": 1}, "reason": "r"}),
        ));
        assert!(comparison.report.contains("no longer occurs"), "{}", comparison.report);
        assert_eq!(comparison.counts.differ, 2);
        let comparison = compare(&deliberate(
            json!({"case": "c", "request": "none", "what": {}, "reason": "r"}),
        ));
        assert!(comparison.report.contains("not there"), "{}", comparison.report);
    }

    #[test]
    fn requests_that_are_missing_and_facts_beside_them_count() {
        let comparison = Comparison::new(&result(&json!({"name": "one"})), &json!({"requests": []}), &[]);
        assert_eq!(comparison.counts.differ, 2);
        assert!(comparison.report.contains("proxies: (absent)"), "{}", comparison.report);
    }

    #[test]
    fn numbers_as_keys_are_read() {
        assert_eq!(as_value("a:\n  200: 60\n").unwrap(), json!({"a": {"200": 60}}));
    }
}
