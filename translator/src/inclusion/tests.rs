use serde_json::json;

use crate::{
    manifest::{self, Content},
    object::Change,
    settings::Settings,
    translator::Translator,
};

fn inclusion(text: &str) -> serde_json::Value {
    let documents = manifest::parse(text).unwrap().into_iter();
    let objects = documents.filter_map(|document| match document.content {
        Content::Object(object) => Some(Change::Upsert(*object)),
        _ => None,
    });
    let mut translator = Translator::new(Settings::default());
    translator.apply(objects);
    serde_json::to_value(translator.inclusion()).unwrap()
}

fn proxy(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {{namespace: web, name: {name}}}\nspec: {spec}\n"
    )
}

/// A tree without its details: `name status [children]`.
fn outline(node: &serde_json::Value) -> String {
    let children = node["children"].as_array().unwrap().iter().map(outline);
    let cut = if node["cut"] == true { " cut" } else { "" };
    let (name, status) = (node["name"].as_str().unwrap(), node["status"].as_str().unwrap());
    format!("{name} {status}{cut} [{}]", children.collect::<Vec<_>>().join(", "))
}

#[test]
fn conditions_add_up_from_the_root_down() {
    let seen = inclusion(
        &[
            proxy(
                "root",
                "{virtualhost: {fqdn: a.test}, includes: [{name: team, conditions: [{prefix: /team}]}]}",
            ),
            proxy(
                "team",
                "{includes: [{name: leaf, conditions: [{header: {name: x-a, present: true}}]}, {name: gone}]}",
            ),
            proxy("leaf", "{routes: [{directResponsePolicy: {statusCode: 200}}]}"),
            proxy("lost", "{routes: [{directResponsePolicy: {statusCode: 200}}]}"),
        ]
        .concat(),
    );
    let node = |name: &str, status: &str, conditions, children| {
        json!({
            "namespace": "web", "name": name, "status": status, "conditions": conditions, "cut": false, "children": children,
        })
    };
    let team = json!({"prefix": "/team"});
    let header = json!({"header": {"name": "x-a", "present": true}});
    let leaf = node("leaf", "valid", json!([team, header]), json!([]));
    let gone = node("gone", "missing", json!([team]), json!([]));
    let mut root = node(
        "root",
        "valid",
        json!([]),
        json!([node("team", "invalid", json!([team]), json!([leaf, gone]))]),
    );
    root["host"] = json!("a.test");
    assert_eq!(seen, json!({"roots": [root], "orphans": ["web/lost"]}));
}

#[test]
fn what_is_shown_once_is_not_shown_again() {
    let seen = inclusion(
        &[
            proxy(
                "root",
                "{virtualhost: {fqdn: a.test}, includes: [{name: b}, {name: c, conditions: [{prefix: /c}]}]}",
            ),
            proxy("b", "{includes: [{name: c}]}"),
            proxy("c", "{includes: [{name: b}, {name: root}]}"),
        ]
        .concat(),
    );
    assert_eq!(
        outline(&seen["roots"][0]),
        "root valid [b invalid [c invalid [b invalid cut [], root valid []]], c invalid cut []]"
    );
}
