//! What one author writes costs the others nothing.

use isoline_envoy_api::any_to_json;
use isoline_translator::{
    Kind, NamespacedName, Object, ObjectRef, ResourceType, Settings, Status, Translation,
    manifest::{self, Content},
    translate,
};
use serde_json::{Value, json};

fn object(value: &Value) -> Object {
    match manifest::parse(&value.to_string()).unwrap().remove(0).content {
        Content::Object(object) => *object,
        other => panic!("{value} is {other:?}"),
    }
}

fn proxy(name: &str, spec: &Value) -> Object {
    object(
        &json!({"apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy", "metadata": {"namespace": "a", "name": name}, "spec": spec}),
    )
}

/// A policy of the root for requests with some header.
fn policy(number: usize) -> Object {
    object(&json!({
        "apiVersion": "isoline.dev/v1alpha1", "kind": "RoutePolicy",
        "metadata": {"namespace": "a", "name": format!("policy-{number}")},
        "spec": {
            "targetRefs": [{"group": "projectcontour.io", "kind": "HTTPProxy", "name": "root"}],
            "conditions": [{"header": {"name": format!("x-{number}"), "present": true}}],
            "insecure": {"action": "Allow"},
        },
    }))
}

/// A root with that many routes, which answer 200.
fn root(routes: usize) -> Object {
    let route = |number| {
        let mut route = answer();
        route["conditions"] = json!([{"prefix": format!("/{number}/")}]);
        route
    };
    let routes: Vec<_> = (0..routes).map(route).collect();
    proxy("root", &json!({"virtualhost": {"fqdn": "a.test"}, "routes": routes}))
}

/// How many routes of all hosts answer with a status.
fn answers(translation: &Translation, status: u32) -> usize {
    let scopes = translation
        .resources
        .iter()
        .filter(|(key, _)| key.kind == ResourceType::Scope);
    let texts = scopes.map(|(_, resource)| any_to_json(&resource.body).unwrap().to_string());
    let answer = format!("\"direct_response\":{{\"status\":{status}}}");
    texts.map(|text| text.matches(&answer).count()).sum()
}

fn status<'t>(translation: &'t Translation, name: &str) -> &'t Status {
    status_of(translation, Kind::HttpProxy, name)
}

fn status_of<'t>(translation: &'t Translation, kind: Kind, name: &str) -> &'t Status {
    let name = NamespacedName::new("a", name);
    &translation.statuses[&ObjectRef { kind, name }]
}

fn reasons(status: &Status) -> Vec<&'static str> {
    let errors = status.conditions.iter().flat_map(|condition| &condition.errors);
    errors.map(|error| error.reason).collect()
}

fn answer() -> Value {
    json!({"directResponsePolicy": {"statusCode": 200}})
}

#[test]
fn includes_that_multiply_are_cut_off_and_their_siblings_are_served() {
    let last = 40;
    let mut objects: Vec<_> = (0..last)
        .map(|i| {
            let next = format!("greedy-{}", i + 1);
            let includes = json!([
                {"name": next, "conditions": [{"prefix": "/l"}]},
                {"name": next, "conditions": [{"prefix": "/r"}]}
            ]);
            proxy(&format!("greedy-{i}"), &json!({ "includes": includes }))
        })
        .collect();
    objects.push(proxy(&format!("greedy-{last}"), &json!({"routes": [answer()]})));
    objects.push(proxy("modest", &json!({"routes": [answer()]})));
    let includes = json!([
        {"name": "greedy-0", "conditions": [{"prefix": "/greedy"}]},
        {"name": "modest", "conditions": [{"prefix": "/modest"}]}
    ]);
    objects.push(proxy(
        "root",
        &json!({"virtualhost": {"fqdn": "a.test"}, "includes": includes}),
    ));

    let translation = translate(objects, Settings::default());
    assert!(status(&translation, "modest").is_valid());
    assert!(status(&translation, "root").is_valid());
    let cut_off =
        (0..last).filter(|i| reasons(status(&translation, &format!("greedy-{i}"))).contains(&"IncludeLimitExceeded"));
    assert!(cut_off.count() > 0);
}

#[test]
fn a_clique_of_includes_ends() {
    let members: Vec<_> = (0..14).map(|i| format!("member-{i}")).collect();
    let mut objects: Vec<_> = members
        .iter()
        .map(|name| {
            let others = members.iter().filter(|other| *other != name);
            let includes: Vec<_> = others
                .map(|other| json!({"name": other, "conditions": [{"prefix": format!("/{other}")}]}))
                .collect();
            proxy(name, &json!({"includes": includes, "routes": [answer()]}))
        })
        .collect();
    let includes = json!([{"name": "member-0"}]);
    objects.push(proxy(
        "root",
        &json!({"virtualhost": {"fqdn": "a.test"}, "includes": includes}),
    ));
    let translation = translate(objects, Settings::default());
    assert!(
        members
            .iter()
            .any(|name| reasons(status(&translation, name)).contains(&"IncludeCreatesCycle"))
    );
}

#[test]
fn many_includes_with_many_conditions_are_cheap() {
    let conditions = |i: usize| {
        let headers = (0..5).map(|n| json!({"header": {"name": format!("x-{n}"), "exact": format!("{i}")}}));
        headers.collect::<Vec<_>>()
    };
    let includes: Vec<_> = (0..5000)
        .map(|i| json!({"name": "child", "conditions": conditions(i)}))
        .collect();
    let root = json!({"virtualhost": {"fqdn": "a.test"}, "includes": includes});
    let objects = [proxy("root", &root), proxy("child", &json!({"routes": [answer()]}))];
    let translation = translate(objects, Settings::default());
    assert!(status(&translation, "root").is_valid());
    assert!(status(&translation, "child").is_valid());
}

#[test]
fn a_target_of_too_many_policies_answers_nobody() {
    let with = |policies: usize| {
        let objects = (0..policies).map(policy).chain([root(2)]);
        translate(objects, Settings::default())
    };
    let reason = |translation: &Translation| status_of(translation, Kind::RoutePolicy, "policy-0").conditions[0].reason;
    let few = with(32);
    assert_eq!(
        (answers(&few, 200), answers(&few, 503), reason(&few)),
        (66, 0, "Accepted")
    );
    let many = with(33);
    assert_eq!(
        (answers(&many, 200), answers(&many, 503), reason(&many)),
        (0, 2, "TooManyPolicies")
    );
}

#[test]
fn routes_that_policies_would_split_too_often_answer_nobody() {
    let objects = (0..32).map(policy).chain([root(130)]);
    let translation = translate(objects, Settings::default());
    assert_eq!((answers(&translation, 200), answers(&translation, 503)), (128 * 33, 2));
    assert_eq!(reasons(status(&translation, "root")), ["PolicyLimitExceeded"; 2]);
}
