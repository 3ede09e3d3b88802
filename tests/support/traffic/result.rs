//! What is written down of a case. Whatever differs from run to run is left out or masked.

use std::{collections::BTreeMap, io::Read as _};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    connection::Answer,
    echo::{Entry, TlsVersion},
    request::Request,
};

/// Headers that differ from run to run.
const DROPPED: [&str; 4] = [
    "content-length",
    "date",
    "transfer-encoding",
    "x-envoy-upstream-service-time",
];
/// Headers whose value differs from run to run.
const PRESENT: [&str; 2] = ["x-request-id", "x-request-start"];
/// What is left of the upstream's time when a request is sent again.
const TIME_LEFT: &str = "x-envoy-expected-rq-timeout-ms";
const SESSION_COOKIE: &str = "X-Contour-Session-Affinity";
/// Of longer values only the length is written down.
const LONGEST: usize = 300;

/// A case, played.
#[derive(Debug, Default, Serialize)]
pub struct CaseResult {
    /// The status of every HTTPProxy.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub proxies: BTreeMap<String, String>,
    /// Objects that the schema refuses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Value>,
    /// What Envoy refused, in the controller's words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub envoy_rejections: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub envoy_died: bool,
    /// Why the controller does not start with such settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings_refused: Option<String>,
    pub requests: Vec<Outcome>,
}

/// What became of one request, or of one that was repeated.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    pub name: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    #[serde(flatten)]
    pub failure: Option<Failure>,
    #[serde(flatten)]
    pub answer: Option<Seen>,
    #[serde(flatten)]
    pub statuses: Option<Statuses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reached: BTreeMap<String, u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_seen_by: Vec<Upstream>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub backends_percent_of_requests: BTreeMap<String, u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backends_used: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_other: Option<Seen>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The name of an alert.
    TlsError(String),
    Closed(&'static str),
    /// Nothing listens.
    Refused(bool),
    Timeout(bool),
    Error(String),
}

/// What TLS was agreed upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tls {
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// The TestCertificate that was served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// An answer as the client saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    pub status: u16,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub response_headers: Map<String, Value>,
    /// `echo` for what a backend says.
    pub body: String,
}

/// The codes of a request that was repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statuses {
    Status(Code),
    StatusesInOrder(Vec<Code>),
    StatusesPercent(BTreeMap<Code, u32>),
}

/// A code, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Code {
    Status(u16),
    Failure(String),
}

/// A request as a backend saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Upstream {
    pub backend: String,
    pub path: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    pub headers: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsVersion>,
}

impl Outcome {
    /// What backends saw of one request.
    pub fn set_upstream(&mut self, request: &Request, echo: Option<Entry>, log: &[Entry]) {
        let backend = |entry: &Entry| shown_backend(request, entry);
        for entry in log {
            *self.reached.entry(backend(entry)).or_default() += 1;
        }
        let is_copy = |entry: &Entry| entry.host.as_ref().is_some_and(|host| host.contains("-shadow"));
        let original = || log.iter().rev().find(|entry| !is_copy(entry)).or(log.last()).cloned();
        let Some(entry) = echo.or_else(original) else { return };
        let is_retried = !request.mirror && log.len() > 1;
        let name = backend(&entry);
        self.upstream = Some(Upstream::new(&entry, name.clone(), is_retried));
        let others = self.reached.keys().filter(|other| **other != name);
        let last = |name: &String| log.iter().rev().find(|entry| backend(entry) == *name);
        self.also_seen_by = others
            .filter_map(|name| Some(Upstream::new(last(name)?, name.clone(), is_retried)))
            .collect();
        if self.reached.len() == 1 && self.reached.get(&name) == Some(&1) {
            self.reached.clear();
        }
    }

    /// What became of a request that was repeated.
    pub fn set_repeated(&mut self, request: &Request, codes: Vec<Code>, log: &[Entry]) {
        let count = codes.len();
        let mut backends = BTreeMap::<_, usize>::new();
        for entry in log {
            *backends.entry(shown_backend(request, entry)).or_default() += 1;
        }
        if request.stick {
            self.backends_used = Some(backends.len());
        } else {
            let percent = backends.into_iter().map(|(name, times)| (name, percent(times, count)));
            self.backends_percent_of_requests = percent.collect();
        }
        self.statuses = Some(Statuses::new(codes));
    }
}

impl Seen {
    /// Takes the answer apart from what a backend says in it.
    pub fn new(answer: &Answer) -> (Self, Option<Entry>) {
        let body = decoded(answer);
        let echo: Option<Entry> = serde_json::from_slice(&body).ok();
        let text = match &echo {
            Some(_) => "echo".to_owned(),
            None => String::from_utf8_lossy(&body).into_owned(),
        };
        let shown = answer
            .headers
            .iter()
            .filter(|(name, _)| echo.is_none() || name != "content-type");
        let seen = Self {
            status: answer.status,
            response_headers: headers(shown, false),
            body: text,
        };
        (seen, echo)
    }
}

impl Statuses {
    fn new(codes: Vec<Code>) -> Self {
        let count = codes.len();
        let mut times = BTreeMap::<_, usize>::new();
        for code in &codes {
            *times.entry(code.clone()).or_default() += 1;
        }
        if times.len() == 1 {
            Self::Status(codes[0].clone())
        } else if count <= 20 {
            Self::StatusesInOrder(codes)
        } else {
            Self::StatusesPercent(
                times
                    .into_iter()
                    .map(|(code, times)| (code, percent(times, count)))
                    .collect(),
            )
        }
    }
}

impl From<&Result<Answer, Failure>> for Code {
    fn from(result: &Result<Answer, Failure>) -> Self {
        match result {
            Ok(answer) => Self::Status(answer.status),
            Err(Failure::TlsError(what) | Failure::Error(what)) => Self::Failure(what.clone()),
            Err(Failure::Closed(when)) => Self::Failure(format!("closed {when}")),
            Err(Failure::Refused(_)) => Self::Failure("refused".to_owned()),
            Err(Failure::Timeout(_)) => Self::Failure("timeout".to_owned()),
        }
    }
}

impl Upstream {
    fn new(entry: &Entry, backend: String, is_retried: bool) -> Self {
        Self {
            backend,
            path: short(&entry.path),
            host: entry.host.clone(),
            headers: headers(&entry.headers, is_retried),
            method: (entry.method != "GET").then(|| entry.method.clone()),
            body: entry.body.as_deref().map(short),
            tls: entry.tls.clone(),
        }
    }
}

/// The name of the backend, without its endpoint if it may be any.
fn shown_backend(request: &Request, entry: &Entry) -> String {
    match entry.backend.split_once('@') {
        Some((backend, _)) if request.hide_endpoint => backend.to_owned(),
        _ => entry.backend.clone(),
    }
}

/// Rounded to tens, halves to the even ten.
fn percent(times: usize, of: usize) -> u32 {
    let tens = |whole: usize, rest: usize| whole + usize::from(2 * rest > of || (2 * rest == of && whole % 2 == 1));
    let tens = tens(times * 10 / of, times * 10 % of);
    u32::try_from(tens * 10).unwrap_or(u32::MAX)
}

/// Values by name, in the order of arrival.
fn headers<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>, is_retried: bool) -> Map<String, Value> {
    let mut headers = Map::new();
    for (name, value) in pairs {
        if DROPPED.contains(&name.as_str()) {
            continue;
        }
        let value = masked(name, value, is_retried);
        match headers.get_mut(name) {
            None => drop(headers.insert(name.clone(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    headers
}

fn masked(name: &str, value: &str, is_retried: bool) -> Value {
    match name {
        TIME_LEFT if is_retried => "present".into(),
        name if PRESENT.contains(&name) => "present".into(),
        "set-cookie" => short(&sorted_cookie(value)),
        "x-forwarded-client-cert" => short(&without_certificate(value)),
        _ => short(value),
    }
}

/// A long value is told by its length.
fn short(value: &str) -> Value {
    let length = value.chars().count();
    if length > LONGEST { length.into() } else { value.into() }
}

/// Attributes in the order of their names, and no value of a session.
fn sorted_cookie(cookie: &str) -> String {
    let mut parts = cookie.split(';').map(str::trim);
    let pair = parts.next().unwrap_or_default();
    let pair = match pair.split_once('=') {
        Some((SESSION_COOKIE, _)) => format!("{SESSION_COOKIE}=<value>"),
        _ => pair.to_owned(),
    };
    let mut attributes: Vec<_> = parts.map(str::to_owned).collect();
    attributes.sort();
    attributes.insert(0, pair);
    attributes.join("; ")
}

/// Masks what hangs on the certificate's key.
fn without_certificate(value: &str) -> String {
    let elements = value.split(',').map(|element| {
        let fields = element.split(';').map(|field| match field.split_once('=') {
            Some(("Hash", _)) => "Hash=<hash>".to_owned(),
            Some((name @ ("Cert" | "Chain"), _)) => format!("{name}=<pem>"),
            _ => field.to_owned(),
        });
        fields.collect::<Vec<_>>().join(";")
    });
    elements.collect::<Vec<_>>().join(",")
}

/// The body without its compression; as it came if it is not what it says.
fn decoded(answer: &Answer) -> Vec<u8> {
    let compressed = answer.body.as_slice();
    let mut body = Vec::new();
    let outcome = match answer.header("content-encoding") {
        Some("gzip") => flate2::read::GzDecoder::new(compressed).read_to_end(&mut body),
        Some("br") => brotli_decompressor::Decompressor::new(compressed, 4096).read_to_end(&mut body),
        Some("zstd") => match ruzstd::decoding::StreamingDecoder::new(compressed) {
            Ok(mut decoder) => decoder.read_to_end(&mut body),
            Err(_) => return answer.body.clone(),
        },
        _ => return answer.body.clone(),
    };
    if outcome.is_ok() { body } else { answer.body.clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn percents_are_tens_and_halves_go_to_even_ones() {
        for (times, of, expected) in [
            (1, 3, 30),
            (45, 100, 40),
            (55, 100, 60),
            (751, 1500, 50),
            (5, 5, 100),
            (1, 100, 0),
        ] {
            assert_eq!(percent(times, of), expected, "{times} of {of}");
        }
    }

    #[test]
    fn headers_are_masked_and_collected() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let pairs = [
            pair("date", "now"),
            pair("x-twice", "a"),
            pair("x-request-id", "0b1c"),
            pair("x-twice", "b"),
            pair("set-cookie", "X-Contour-Session-Affinity=\"abc\"; Path=/; HttpOnly"),
            pair(
                "x-forwarded-client-cert",
                "By=spiffe://a;Hash=ab12;Cert=\"--\";Subject=\"CN=x\",Hash=c",
            ),
            pair("x-long", &"a".repeat(301)),
            pair(TIME_LEFT, "15000"),
        ];
        let mut expected = json!({
            "x-twice": ["a", "b"],
            "x-request-id": "present",
            "set-cookie": "X-Contour-Session-Affinity=<value>; HttpOnly; Path=/",
            "x-forwarded-client-cert": "By=spiffe://a;Hash=<hash>;Cert=<pem>;Subject=\"CN=x\",Hash=<hash>",
            "x-long": 301,
            TIME_LEFT: "15000",
        });
        assert_eq!(Value::Object(headers(&pairs, false)), expected);
        expected[TIME_LEFT] = "present".into();
        assert_eq!(Value::Object(headers(&pairs, true)), expected);
    }

    #[test]
    fn few_statuses_are_told_in_order_and_many_in_percent() {
        let codes = |codes: &[u16]| codes.iter().copied().map(Code::Status).collect::<Vec<_>>();
        let yaml = |codes| {
            serde_saphyr::to_string(&Outcome {
                statuses: Some(Statuses::new(codes)),
                ..Outcome::default()
            })
            .unwrap()
        };
        assert!(yaml(codes(&[200; 30])).contains("status: 200\n"));
        assert!(yaml(codes(&[200, 503])).contains("statuses_in_order:\n- 200\n- 503\n"));
        let mixed = [codes(&[200; 20]), codes(&[503; 10])].concat();
        // Codes are numbers as keys too.
        assert!(yaml(mixed).contains("statuses_percent:\n  200: 70\n  503: 30\n"));
    }

    #[test]
    fn failures_are_fields_of_their_request() {
        let outcome = Outcome {
            name: "n".into(),
            failure: Some(Failure::Closed("without an answer")),
            ..Outcome::default()
        };
        assert_eq!(
            serde_json::to_value(outcome).unwrap(),
            json!({"name": "n", "closed": "without an answer"})
        );
    }
}
