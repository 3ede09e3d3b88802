//! What should become of a request, and whether it does.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{Answer, Explanation, Request, RequestError, Upstream, Verdict};

/// A request with what should become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an expectation with name, request and expect")]
pub struct Expectation {
    /// What it is called where it fails.
    pub name: String,
    /// The request.
    pub request: Request,
    /// All that must hold.
    #[serde(deserialize_with = "something")]
    pub expect: Expected,
}

/// What should become of a request; what is not said may be anything. `none` is the text for what is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "an object such as {status: 200}")]
pub struct Expected {
    /// What comes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerKind>,
    /// The status that Envoy answers with by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u32>,
    /// Where the client is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The host that takes it, such as `*.example.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The object whose route takes it: `HTTPProxy namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The RoutePolicy that is in force: `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The Services that it may go to, `namespace/name/port`, in any order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstreams: Option<Vec<String>>,
}

/// What kind of answer there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AnswerKind {
    /// The connection is not taken.
    Closed,
    /// Envoy answers by itself.
    Respond,
    /// The client is sent elsewhere.
    Redirect,
    /// The connection goes on as it is.
    Tcp,
    /// The request goes on.
    Forward,
}

/// What came of an expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// What does not hold.
    pub mismatches: Vec<Mismatch>,
    /// Why the request cannot be explained.
    pub error: Option<String>,
}

/// A field that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Its name.
    pub field: &'static str,
    /// As it should be.
    pub expected: String,
    /// As it is.
    pub actual: String,
}

impl Outcome {
    /// Whether all is as expected.
    pub fn holds(&self) -> bool {
        self.mismatches.is_empty() && self.error.is_none()
    }

    pub(crate) fn of(expectation: &Expectation, explained: Result<Explanation, RequestError>) -> Self {
        let name = expectation.name.clone();
        match explained {
            Ok(explanation) => Self {
                name,
                mismatches: expectation.expect.mismatches(&explanation.expected()),
                error: None,
            },
            Err(error) => Self {
                name,
                mismatches: Vec::new(),
                error: Some(error.to_string()),
            },
        }
    }
}

impl Explanation {
    /// The same, said as an expectation.
    pub fn expected(&self) -> Expected {
        let winner = self.routes.iter().find(|route| route.verdict == Verdict::Wins);
        Expected {
            host: self.host.clone(),
            route: winner.map(|route| route.origin.clone()),
            policy: winner.and_then(|route| route.policy.clone()),
            ..self.answer.expected()
        }
    }
}

impl Answer {
    fn expected(&self) -> Expected {
        let (status, location, upstreams) = match self {
            Self::Closed { .. } => (None, None, None),
            Self::Respond { status, .. } => (Some(*status), None, None),
            Self::Redirect { status, location } => (Some(*status), Some(location.clone()), None),
            Self::Tcp { upstreams } => (None, None, Some(services(upstreams))),
            Self::Forward(forwarding) => (None, None, Some(services(&forwarding.upstreams))),
        };
        Expected {
            answer: Some(self.kind()),
            status,
            location,
            upstreams,
            ..Expected::default()
        }
    }

    fn kind(&self) -> AnswerKind {
        match self {
            Self::Closed { .. } => AnswerKind::Closed,
            Self::Respond { .. } => AnswerKind::Respond,
            Self::Redirect { .. } => AnswerKind::Redirect,
            Self::Tcp { .. } => AnswerKind::Tcp,
            Self::Forward(_) => AnswerKind::Forward,
        }
    }
}

impl AnswerKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Respond => "respond",
            Self::Redirect => "redirect",
            Self::Tcp => "tcp",
            Self::Forward => "forward",
        }
    }
}

impl Expected {
    /// What of this does not hold.
    fn mismatches(&self, actual: &Self) -> Vec<Mismatch> {
        let pairs = self.fields().into_iter().zip(actual.fields());
        let mismatch = |((field, expected), (_, actual)): (Field, Field)| {
            let expected = expected?;
            let actual = actual.unwrap_or_else(|| "none".to_owned());
            (expected != actual).then_some(Mismatch {
                field,
                expected,
                actual,
            })
        };
        pairs.filter_map(mismatch).collect()
    }

    fn fields(&self) -> [Field; 7] {
        [
            ("answer", self.answer.map(|kind| kind.as_str().to_owned())),
            ("status", self.status.map(|status| status.to_string())),
            ("location", self.location.clone()),
            ("host", self.host.clone()),
            ("route", self.route.clone()),
            ("policy", self.policy.clone()),
            ("upstreams", self.upstreams.as_deref().map(joined)),
        ]
    }
}

/// A name, and what is said under it.
type Field = (&'static str, Option<String>);

fn services(upstreams: &[Upstream]) -> Vec<String> {
    let services: BTreeSet<_> = upstreams.iter().map(|upstream| &upstream.service).collect();
    services.into_iter().cloned().collect()
}

fn joined(services: &[String]) -> String {
    let services: BTreeSet<_> = services.iter().map(String::as_str).collect();
    if services.is_empty() {
        "none".to_owned()
    } else {
        Vec::from_iter(services).join(", ")
    }
}

/// An expectation that says nothing would hold whatever happens.
fn something<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Expected, D::Error> {
    let expected = Expected::deserialize(deserializer)?;
    if expected == Expected::default() {
        let names = expected.fields().map(|(name, _)| name).join(", ");
        return Err(D::Error::custom(format_args!(
            "expect says nothing: add at least one of {names}"
        )));
    }
    Ok(expected)
}
