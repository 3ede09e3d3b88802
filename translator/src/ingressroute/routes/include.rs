//! Routes that delegate.

use serde_json::{Value, json};

use crate::{
    ingressroute::{
        api::{Delegate, Route},
        note::Notes,
        prefixes::{Place, Prefixes, rest, trimmed},
        proxy,
    },
    object::NamespacedName,
};

/// The includes of one object so far.
pub(super) struct Includes<'a> {
    parent: &'a NamespacedName,
    prefixes: &'a Prefixes,
    /// What is included, and under which path.
    known: Vec<(NamespacedName, String)>,
    pub(super) list: Vec<Value>,
}

impl<'a> Includes<'a> {
    pub(super) fn new(parent: &'a NamespacedName, prefixes: &'a Prefixes) -> Self {
        Self {
            parent,
            prefixes,
            known: Vec::new(),
            list: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, delegate: &Delegate, route: &Route, field: &str, notes: &mut Notes) {
        without_effect(route, field, notes);
        let target = delegate.target(self.parent);
        let Some(path) = self.path(&target, trimmed(&route.path), field, notes) else {
            return;
        };
        if self.known.contains(&(target.clone(), path.clone())) {
            return;
        }
        let rival = self.known.iter().find(|(_, known)| !path.is_empty() && *known == path);
        if let Some((rival, _)) = rival {
            let reason = format!(
                "{} is delegated to {rival} too, and HTTPProxy has one include for a path",
                route.path
            );
            notes.add(field, reason, format!("it is left out: let {rival} include {target}"));
            return;
        }
        let mut include = proxy::reference(delegate);
        if !path.is_empty() {
            include.insert("conditions".to_owned(), json!([{"prefix": path}]));
        }
        self.known.push((target, path));
        self.list.push(include.into());
    }

    /// The condition of the include: the path of the child, as far as the parent's own does not say it.
    fn path(&self, target: &NamespacedName, delegated: &str, field: &str, notes: &mut Notes) -> Option<String> {
        let own = self.prefixes.own(self.parent);
        let shown = if delegated.is_empty() { "/" } else { delegated };
        let path = match self.prefixes.place(target) {
            Some(Place::Root) => {
                let reason = format!("{target} is a root, and HTTPProxy has no includes of roots either");
                notes.add(format!("{field}.delegate"), reason, "the route is left out");
                return None;
            }
            None => {
                let reason = format!("there is no IngressRoute {target} among these");
                let advice =
                    format!("HTTPProxy answers 502 under {shown} where it is not found: convert them together");
                notes.add(format!("{field}.delegate"), reason, advice);
                delegated
            }
            Some(Place::Child(path)) if path == delegated => path,
            Some(Place::Child(path)) if rest(path, delegated).is_some() => {
                let reason =
                    format!("{target} is delegated {path} elsewhere, and an HTTPProxy says its paths for one place");
                let advice = format!("the include is for {path}, where its routes are, and not for all of {shown}");
                notes.add(format!("{field}.match"), reason, advice);
                path
            }
            Some(Place::Child(path)) => {
                let reason =
                    format!("{target} is delegated {path} elsewhere, and an HTTPProxy says its paths for one place");
                let advice = format!("it is left out: make a second HTTPProxy of the routes below {shown}");
                notes.add(format!("{field}.match"), reason, advice);
                return None;
            }
        };
        rest(path, own).map(str::to_owned)
    }
}

/// Says which settings of a delegating route do nothing.
fn without_effect(route: &Route, field: &str, notes: &mut Notes) {
    for (name, is_set) in [
        ("enableWebsockets", route.enable_websockets),
        ("permitInsecure", route.permit_insecure),
        ("prefixRewrite", !route.prefix_rewrite.is_empty()),
        ("timeoutPolicy", route.timeout_policy.is_some()),
        ("retryPolicy", route.retry_policy.is_some()),
    ] {
        if is_set {
            let reason = "a route that delegates is not served itself, so this had no effect";
            notes.add(format!("{field}.{name}"), reason, "it is left out");
        }
    }
}
