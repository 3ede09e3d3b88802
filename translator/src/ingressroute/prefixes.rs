//! Which path of a host each object is in charge of.

use std::collections::{BTreeMap, BTreeSet};

use super::api::{Delegate, IngressRouteSpec};
use crate::object::NamespacedName;

/// The place of each root, and of each object that another delegates to.
pub(super) struct Prefixes(BTreeMap<NamespacedName, Place>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// It has a `virtualhost`, so nobody may delegate to it.
    Root,
    /// All its routes are below this path, without a slash at the end. Its HTTPProxy must not repeat it.
    Child(String),
}

impl Prefixes {
    pub(super) fn of<'a>(objects: impl Iterator<Item = (&'a NamespacedName, &'a IngressRouteSpec)>) -> Self {
        let objects: BTreeMap<_, _> = objects.collect();
        let mut delegated = BTreeMap::<NamespacedName, BTreeSet<&str>>::new();
        for (name, spec) in &objects {
            for route in &spec.routes {
                if let Some(delegate) = &route.delegate {
                    let paths = delegated.entry(delegate.target(name)).or_default();
                    paths.insert(trimmed(&route.path));
                }
            }
        }
        let place = |(name, spec): (&NamespacedName, &IngressRouteSpec)| {
            let place = match (&spec.virtualhost, delegated.get(name)) {
                (Some(_), _) => Place::Root,
                (None, Some(paths)) => Place::Child(best(paths, spec).to_owned()),
                (None, None) => return None,
            };
            Some((name.clone(), place))
        };
        Self(objects.into_iter().filter_map(place).collect())
    }

    /// Where an object stands; nothing if it is not there, or nobody delegates to it.
    pub(super) fn place(&self, name: &NamespacedName) -> Option<&Place> {
        self.0.get(name)
    }

    /// The path that an object need not repeat.
    pub(super) fn own(&self, name: &NamespacedName) -> &str {
        match self.place(name) {
            Some(Place::Child(prefix)) => prefix,
            Some(Place::Root) | None => "",
        }
    }
}

/// The path under which most of a child's routes are; of several, the longest.
fn best<'a>(paths: &BTreeSet<&'a str>, child: &IngressRouteSpec) -> &'a str {
    let routes_below = |path: &str| {
        let matches = child.routes.iter().map(|route| &route.path);
        matches.filter(|route| rest(route, path).is_some()).count()
    };
    let best = paths.iter().max_by_key(|path| (routes_below(path), path.len()));
    best.copied().unwrap_or_default()
}

impl Delegate {
    /// The object that is meant where `parent` says it.
    pub(super) fn target(&self, parent: &NamespacedName) -> NamespacedName {
        let namespace = match self.namespace.as_str() {
            "" => &parent.namespace,
            namespace => namespace,
        };
        NamespacedName::new(namespace, &self.name)
    }
}

/// A path that is delegated, as a prefix of others: `/a/` and `/a` give the same away.
pub(super) fn trimmed(path: &str) -> &str {
    path.trim_end_matches('/')
}

/// What comes after `prefix` in `path`, if `path` is that or below it.
pub(super) fn rest<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_below_another_by_segments() {
        for (path, prefix, expect) in [
            ("/a/b", "/a", Some("/b")),
            ("/a", "/a", Some("")),
            ("/a/", "/a", Some("/")),
            ("/ab", "/a", None),
            ("/", "/a", None),
            ("/a", "", Some("/a")),
            ("", "", Some("")),
            ("a", "", None),
        ] {
            assert_eq!(rest(path, prefix), expect, "{path} below {prefix}");
        }
    }
}
