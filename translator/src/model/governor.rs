//! A RoutePolicy on its way to the routes that it governs.

use std::sync::Arc;

use isoline_policy::Insecure;

use super::{ClientPolicy, HeaderMatch, PathMatch, QueryMatch, RouteMatch};
use crate::object::NamespacedName;

/// A policy at a place where it applies.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Governor {
    pub(crate) policy: NamespacedName,
    pub(crate) scope: Scope,
    /// Nothing where they cannot be known: then nobody may pass.
    pub(crate) terms: Option<Arc<Terms>>,
}

/// What a policy asks of the routes that it governs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Terms {
    /// What becomes of cleartext; what it would be without the policy if not set.
    pub(crate) insecure: Option<Insecure>,
    pub(crate) clients: ClientPolicy,
}

impl Governor {
    /// The same for a route whose author permits cleartext.
    pub(crate) fn with_cleartext_permitted(&self) -> Self {
        let terms = self.terms.as_ref().map(|terms| Terms {
            insecure: None,
            ..Terms::clone(terms)
        });
        Self {
            terms: terms.map(Arc::new),
            ..self.clone()
        }
    }
}

/// Which requests of the routes below a target a policy is about.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scope {
    /// With the prefixes that lead to the target; nothing if the policy has none of its own.
    pub(crate) prefix: Option<String>,
    pub(crate) headers: Vec<HeaderMatch>,
    pub(crate) query_parameters: Vec<QueryMatch>,
}

/// How much of a route lies in a scope.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Share {
    Nothing,
    All,
    /// Just the requests that match this.
    Some(RouteMatch),
}

impl Scope {
    pub(crate) fn share_of(&self, route: &RouteMatch) -> Share {
        let (path, more) = match self.share_of_path(&route.path) {
            PathShare::Nothing => return Share::Nothing,
            PathShare::All => (route.path.clone(), None),
            PathShare::Longer(prefix) => (PathMatch::Prefix(prefix.to_owned()), None),
            PathShare::Header(header) => (route.path.clone(), Some(header)),
        };
        let headers = union(&route.headers, self.headers.iter().cloned().chain(more));
        let query_parameters = union(&route.query_parameters, self.query_parameters.iter().cloned());
        if headers
            .iter()
            .any(|one| headers.iter().any(|other| one.excludes(other)))
        {
            return Share::Nothing;
        }
        let both = RouteMatch::new(path, headers, query_parameters);
        if both == *route { Share::All } else { Share::Some(both) }
    }

    fn share_of_path(&self, path: &PathMatch) -> PathShare<'_> {
        let Some(prefix) = &self.prefix else {
            return PathShare::All;
        };
        let is_longer = match path {
            PathMatch::Exact(_) => false,
            PathMatch::Prefix(route) => prefix.starts_with(route),
            PathMatch::SegmentPrefix(route) => {
                let rest = prefix.strip_prefix(route.as_str());
                rest.is_some_and(|rest| rest.starts_with('/'))
            }
            PathMatch::Regex(_) => return PathShare::Header(HeaderMatch::path_begins_with(prefix)),
        };
        if path.text().starts_with(prefix.as_str()) {
            PathShare::All
        } else if is_longer {
            PathShare::Longer(prefix)
        } else {
            PathShare::Nothing
        }
    }
}

enum PathShare<'s> {
    Nothing,
    All,
    Longer(&'s str),
    /// No path says both a regular expression and a prefix.
    Header(HeaderMatch),
}

fn union<T: Ord + Clone>(these: &[T], more: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = these.to_vec();
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(path: PathMatch, prefix: &str) -> Share {
        let scope = Scope {
            prefix: Some(prefix.to_owned()),
            ..Scope::default()
        };
        scope.share_of(&RouteMatch::new(path, Vec::new(), Vec::new()))
    }

    fn prefix(text: &str) -> PathMatch {
        PathMatch::Prefix(text.to_owned())
    }

    fn segments(text: &str) -> PathMatch {
        PathMatch::SegmentPrefix(text.to_owned())
    }

    #[test]
    fn a_path_lies_in_a_prefix_or_around_it_or_elsewhere() {
        let exact = |text: &str| PathMatch::Exact(text.to_owned());
        for (path, scope) in [
            (prefix("/a/b"), "/a"),
            (exact("/a"), "/a"),
            (segments("/ab"), "/a"),
            (segments("/a"), "/a"),
        ] {
            assert_eq!(share(path.clone(), scope), Share::All, "{path:?} {scope}");
        }
        for (path, scope) in [(prefix("/"), "/a"), (prefix("/a"), "/ab"), (segments("/a"), "/a/")] {
            let both = RouteMatch::new(prefix(scope), Vec::new(), Vec::new());
            assert_eq!(share(path.clone(), scope), Share::Some(both), "{path:?} {scope}");
        }
        for (path, scope) in [
            (prefix("/b"), "/a"),
            (exact("/"), "/a"),
            (segments("/a"), "/ab"),
            (segments("/a"), "/b"),
        ] {
            assert_eq!(share(path.clone(), scope), Share::Nothing, "{path:?} {scope}");
        }
    }
}
