//! Which requests a route is for, and which of two routes is tried first.

use std::cmp::{Ordering, Reverse};

/// All conditions of a route, with those of the includes above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RouteMatch {
    pub(crate) path: PathMatch,
    /// Sorted.
    pub(crate) headers: Vec<HeaderMatch>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathMatch {
    Exact(String),
    /// A prefix of the string, not of the path's segments.
    Prefix(String),
}

/// A condition on one header. The order of fields is the order of comparison.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HeaderMatch {
    pub(crate) name: String,
    pub(crate) operator: HeaderOperator,
    pub(crate) invert: bool,
    pub(crate) ignore_case: bool,
    pub(crate) treat_missing_as_empty: bool,
}

/// The order of variants is from the most specific to the least.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HeaderOperator {
    Exact(String),
    Regex(String),
    Contains(String),
    Present,
}

impl RouteMatch {
    pub(crate) fn new(path: PathMatch, mut headers: Vec<HeaderMatch>) -> Self {
        headers.sort();
        Self { path, headers }
    }

    /// What a route without conditions matches.
    pub(crate) fn everything() -> Self {
        Self::new(PathMatch::Prefix("/".to_owned()), Vec::new())
    }

    /// The most specific first: exact before prefix, longer before shorter, more conditions before fewer. Total, so that
    /// the same routes always come out in the same order.
    pub(crate) fn cmp_specificity(&self, other: &Self) -> Ordering {
        let key = |matches: &Self| {
            (
                matches.has_method(),
                matches.headers.len() - usize::from(matches.has_method()),
            )
        };
        self.path
            .cmp_specificity(&other.path)
            .then_with(|| Reverse(key(self)).cmp(&Reverse(key(other))))
            .then_with(|| self.headers.cmp(&other.headers))
    }

    fn has_method(&self) -> bool {
        self.headers.iter().any(|header| header.name == ":method")
    }
}

impl PathMatch {
    fn cmp_specificity(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => b.cmp(a),
            (Self::Exact(_), Self::Prefix(_)) => Ordering::Less,
            (Self::Prefix(_), Self::Exact(_)) => Ordering::Greater,
            (Self::Prefix(a), Self::Prefix(b)) => b.len().cmp(&a.len()).then_with(|| b.cmp(a)),
        }
    }
}
