//! Which requests a route is for, and which of two routes is tried first.

use std::{
    borrow::Cow,
    cmp::{Ordering, Reverse},
};

use crate::re2;

/// All conditions of a route, with those of the includes above it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RouteMatch {
    pub(crate) path: PathMatch,
    /// Sorted.
    pub(crate) headers: Vec<HeaderMatch>,
    /// Sorted.
    pub(crate) query_parameters: Vec<QueryMatch>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PathMatch {
    Exact(String),
    /// Of the whole path.
    Regex(String),
    /// A prefix of the string, not of the path's segments.
    Prefix(String),
    /// A prefix of the path's segments, without a slash at its end.
    SegmentPrefix(String),
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

/// A condition on one query parameter. The order of fields is the order of comparison.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct QueryMatch {
    pub(crate) name: String,
    pub(crate) operator: QueryOperator,
    pub(crate) ignore_case: bool,
}

/// The order of variants is from the most specific to the least.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum QueryOperator {
    Exact(String),
    Regex(String),
    Prefix(String),
    Suffix(String),
    Contains(String),
    Present,
}

impl RouteMatch {
    pub(crate) fn new(path: PathMatch, mut headers: Vec<HeaderMatch>, mut query_parameters: Vec<QueryMatch>) -> Self {
        headers.sort_unstable();
        query_parameters.sort_unstable();
        Self {
            path,
            headers,
            query_parameters,
        }
    }

    /// What a route without conditions matches.
    pub(crate) fn everything() -> Self {
        Self::new(PathMatch::Prefix("/".to_owned()), Vec::new(), Vec::new())
    }

    /// The most specific first: exact before regex before prefix, longer before shorter, more conditions before fewer.
    /// Total, so that the same routes always come out in the same order.
    pub(crate) fn cmp_specificity(&self, other: &Self) -> Ordering {
        let key = |matches: &Self| {
            (
                matches.has_method(),
                matches.headers.len() - usize::from(matches.has_method()),
                matches.query_parameters.len(),
            )
        };
        self.path
            .cmp_specificity(&other.path)
            .then_with(|| Reverse(key(self)).cmp(&Reverse(key(other))))
            .then_with(|| self.headers.cmp(&other.headers))
            .then_with(|| self.query_parameters.cmp(&other.query_parameters))
    }

    fn has_method(&self) -> bool {
        self.headers.iter().any(|header| header.name == ":method")
    }
}

impl HeaderMatch {
    /// The query of a path may hold any byte, in no encoding.
    pub(crate) fn path_begins_with(prefix: &str) -> Self {
        Self {
            name: ":path".to_owned(),
            operator: HeaderOperator::Regex(format!(r"{}\C*", re2::quote(prefix))),
            invert: false,
            ignore_case: false,
            treat_missing_as_empty: false,
        }
    }

    /// Whether no header can be like this and like another one says.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        if !self.name.eq_ignore_ascii_case(&other.name) || self.ignore_case || other.ignore_case {
            return false;
        }
        if self.operator == other.operator {
            return self.invert != other.invert;
        }
        let is_exact = |it: &Self| matches!(it.operator, HeaderOperator::Exact(_)) && !it.invert;
        is_exact(self) && is_exact(other)
    }
}

impl PathMatch {
    fn cmp_specificity(&self, other: &Self) -> Ordering {
        let key = |path: &Self| match path {
            Self::Exact(_) => 0,
            Self::Regex(_) => 1,
            Self::Prefix(_) | Self::SegmentPrefix(_) => 2,
        };
        let is_exact = matches!(self, Self::Exact(_));
        let longer = |(a, b): (&str, &str)| {
            if is_exact {
                Ordering::Equal
            } else {
                b.len().cmp(&a.len())
            }
        };
        let texts = (self.text(), other.text());
        key(self)
            .cmp(&key(other))
            .then_with(|| longer(texts))
            .then_with(|| texts.1.cmp(texts.0))
            .then_with(|| self.is_plain_prefix().cmp(&other.is_plain_prefix()))
    }

    /// The same in the words that Envoy takes: `/`, or what no path begins with, is no prefix of segments there.
    pub(crate) fn canonical(&self) -> Cow<'_, Self> {
        match self {
            Self::SegmentPrefix(path) if path.len() < 2 || path.ends_with('/') || path.contains(['?', '#']) => {
                Cow::Owned(Self::Prefix(format!("{}/", path.trim_end_matches('/'))))
            }
            path => Cow::Borrowed(path),
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Regex(text) | Self::Prefix(text) | Self::SegmentPrefix(text) => text,
        }
    }

    fn is_plain_prefix(&self) -> bool {
        matches!(self, Self::Prefix(_))
    }
}
