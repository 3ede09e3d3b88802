//! What can be wrong with a part of a proxy, and how far it reaches.

use crate::status::{Findings, Part};

/// One error, before it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) part: Part,
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl Problem {
    pub(super) fn new(part: Part, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            part,
            reason,
            message: message.into(),
        }
    }

    /// An error of a route.
    pub(super) fn route(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Part::Route, reason, message)
    }

    pub(super) fn record(self, findings: &mut Findings) {
        findings.error(self.part, self.reason, self.message);
    }
}

/// A problem of a route.
///
/// What the reference finds wrong takes all routes of the proxy along, as there. What it serves although it is wrong, or
/// although Envoy would refuse it, is answered 503 here, and nothing else suffers: to leave such a route out would hand
/// its requests to the next best one, which may guard them less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Proxy(Problem),
    Route(Problem),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Proxy(problem)
    }
}
