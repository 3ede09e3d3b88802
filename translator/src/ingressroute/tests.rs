//! What is served before and after, for any tree of delegation.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::manifest::{self, Content as Document};

const NAMES: [&str; 5] = ["root", "other-root", "a", "b", "c"];
const PATHS: [&str; 8] = ["", "/", "/x", "/x/", "/x/y", "/x/y/z", "/xy", "/z"];

/// The routes of each object: a path, and who serves it or is delegated it.
type Objects = Vec<Vec<(&'static str, Leads)>>;

#[derive(Debug, Clone, Copy)]
enum Leads {
    ToService(u8),
    ToObject(&'static str),
}

/// Paths with who serves them.
type Served = BTreeSet<(String, String)>;

fn objects() -> impl Strategy<Value = Objects> {
    let leads = prop_oneof![
        any::<u8>().prop_map(Leads::ToService),
        prop::sample::select(&NAMES[1..]).prop_map(Leads::ToObject),
    ];
    let route = (prop::sample::select(&PATHS[..]), leads);
    prop::collection::vec(prop::collection::vec(route, 0..4), NAMES.len())
}

fn is_root(name: &str) -> bool {
    name.ends_with("root")
}

fn read(name: &str, routes: &[(&str, Leads)]) -> OldObject {
    let routes = routes.iter().map(|(path, leads)| match leads {
        Leads::ToService(number) => json!({"match": path, "services": [{"name": format!("s{number}"), "port": 80}]}),
        Leads::ToObject(name) => json!({"match": path, "delegate": {"name": name}}),
    });
    let mut spec = json!({"routes": routes.collect::<Vec<_>>()});
    if is_root(name) {
        spec["virtualhost"] = json!({"fqdn": "example.com"});
    }
    let text = json!({"apiVersion": API_VERSION, "kind": "IngressRoute", "metadata": {"name": name}, "spec": spec})
        .to_string();
    match manifest::parse(&text).unwrap().remove(0).content {
        Document::Old(old) => *old,
        other => panic!("{other:?}"),
    }
}

fn index(name: &str) -> usize {
    NAMES.iter().position(|known| *known == name).unwrap()
}

/// What IngressRoutes serve: each path as it is written, where it is below the one that was delegated.
fn served_before(objects: &Objects, name: &str, delegated: &str, visited: &[&str]) -> Served {
    let mut served = Served::new();
    for (path, leads) in &objects[index(name)] {
        match leads {
            Leads::ToService(number) => {
                let is_below = format!("{path}/").starts_with(&format!("{}/", delegated.trim_end_matches('/')));
                if is_below {
                    let path = if path.is_empty() { "/" } else { path };
                    served.insert((path.to_owned(), format!("s{number}")));
                }
            }
            Leads::ToObject(child) if is_root(child) || visited.contains(child) => {}
            Leads::ToObject(child) => {
                served.extend(served_before(objects, child, path, &[visited, &[child]].concat()));
            }
        }
    }
    served
}

/// What HTTPProxies serve: the paths on the way, one after the other.
fn served_after(objects: &[Converted], name: &str, prefix: &str, visited: &[&str]) -> Served {
    let text = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned();
    let list = |key: &str| {
        objects[index(name)].object["spec"][key]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let mut served = Served::new();
    for route in list("routes") {
        let path = format!("{prefix}{}", text(&route, "/conditions/0/prefix"));
        let path = if path.is_empty() {
            "/".to_owned()
        } else {
            path.replace("//", "/")
        };
        served.insert((path, text(&route, "/services/0/name")));
    }
    for include in list("includes") {
        let (child, path) = (text(&include, "/name"), text(&include, "/conditions/0/prefix"));
        if !visited.contains(&child.as_str()) {
            let visited = [visited, &[child.as_str()]].concat();
            served.extend(served_after(objects, &child, &format!("{prefix}{path}"), &visited));
        }
    }
    served
}

proptest! {
    #[test]
    fn nothing_is_served_that_was_not_and_all_that_was_where_no_note_says_otherwise(objects in objects()) {
        let old: Vec<_> = NAMES.iter().zip(&objects).map(|(name, routes)| read(name, routes)).collect();
        let converted = convert(&old);
        let is_exact = converted.iter().all(|converted| converted.notes.is_empty());
        for root in NAMES.into_iter().filter(|name| is_root(name)) {
            let before = served_before(&objects, root, "", &[root]);
            let after = served_after(&converted, root, "", &[root]);
            prop_assert!(after.is_subset(&before), "{root}: {after:?} is more than {before:?}");
            prop_assert!(!is_exact || after == before, "{root}: {after:?} is less than {before:?}");
        }
    }

    #[test]
    fn what_comes_out_is_an_object_of_today(objects in objects()) {
        let old: Vec<_> = NAMES.iter().zip(&objects).map(|(name, routes)| read(name, routes)).collect();
        for converted in convert(&old) {
            let document = manifest::read_converted(&converted);
            prop_assert!(matches!(document.content, Document::Object(_)), "{document:?}");
        }
    }
}
