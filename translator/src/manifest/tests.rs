use proptest::{prelude::*, strategy::Union};
use serde_json::{Map, Value, json};

use super::{typed::typed, *};
use crate::{
    api::{
        CustomResource, contourconfiguration::ContourConfigurationSpec, delegation::DelegationSpec,
        extensionservice::ExtensionServiceSpec, httpproxy::HttpProxySpec, routepolicy::RoutePolicySpec,
    },
    crd::{
        self,
        structural::{Kind, Structural},
    },
};

fn rejection(text: &str) -> Rejection {
    match parse(text).unwrap().remove(0).content {
        Content::Rejected(rejection) => rejection,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn every_problem_has_its_own_place() {
    let text = "\
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata:
  name: A
spec:
  virtualhost:
    fqdn: '*'
    fqdn: a.test
  routes:
  - services:
    - {name: s, port: 0, wight: 1}
";
    let rejection = rejection(text);
    let places: Vec<_> = rejection
        .problems
        .iter()
        .map(|problem| (problem.line, problem.column))
        .collect();
    assert_eq!(places, [(7, 11), (4, 9), (11, 23), (11, 33)]);
    assert!(
        rejection
            .to_string()
            .starts_with("7:11: HTTPProxy default/A: duplicate field")
    );
}

#[test]
fn what_has_a_default_has_it_after_reading() {
    let mut object = json!({"spec": {
        "virtualhost": {"fqdn": "a.test", "authorization": {"withRequestBody": {"maxRequestBytes": null}}},
        "routes": [{"requestRedirectPolicy": {}, "retryPolicy": {}, "internalRedirectPolicy": null}],
    }});
    let definition = crd::definition("projectcontour.io/v1", "HTTPProxy").unwrap();
    assert_eq!(schema::validate(&definition.schema, &mut object), []);
    let spec: HttpProxySpec = typed(&Node::at(1, 1, object["spec"].clone()), "spec").unwrap();
    let route = &spec.routes[0];
    assert_eq!(route.request_redirect_policy.as_ref().unwrap().status_code, Some(302));
    assert_eq!(route.retry_policy.as_ref().unwrap().count, Some(1));
    assert_eq!(route.internal_redirect_policy, None);
    let authorization = spec.virtualhost.unwrap().authorization.unwrap();
    assert_eq!(authorization.service_type.as_deref(), Some("grpc"));
    assert_eq!(authorization.with_request_body.unwrap().max_request_bytes, Some(1024));
}

#[test]
fn what_a_server_adds_is_welcome() {
    let text = "\
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata:
  name: a
  creationTimestamp: null
  managedFields: [{manager: kubectl, operation: Apply, fieldsV1: {f:spec: {}}}]
spec: {virtualhost: {fqdn: a.test}, routes: [{services: [{name: s, port: 80.0}], permitInsecure: yes}]}
status: {currentStatus: 5, conditions: [{type: Valid}]}
";
    assert!(matches!(parse(text).unwrap()[0].content, Content::Object(_)));
}

#[test]
fn a_lone_letter_is_no_boolean() {
    let text = "\
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: y, namespace: n}
spec: {routes: [{conditions: [{prefix: /}, {header: {name: y, exact: N}}], permitInsecure: y}]}
";
    let rejection = rejection(text);
    assert_eq!((rejection.namespace.as_str(), rejection.name.as_str()), ("n", "y"));
    let reason = "spec.routes[0].permitInsecure: Invalid value: \"string\": spec.routes[0].permitInsecure in body must \
                  be of type boolean: \"string\"";
    assert_eq!(rejection.message(), reason);
}

#[test]
fn a_wrong_secret_keeps_its_values() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
    for wrong in [
        "data: {a: hunter2}",
        "stringData: {a: [hunter2]}",
        "data: {a: {hunter2: b}}",
        "data: hunter2",
    ] {
        let message = rejection(&format!("{secret}{wrong}\n")).to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn what_a_terminal_would_obey_is_escaped() {
    let object = "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {name: a}\n";
    let message = rejection(&format!(
        "{object}spec: {{virtualhost: {{fqdn: \"\\e[\\x7f\\x9b\"}}, \"a\\nb\": 1}}\n"
    ))
    .message();
    assert!(
        message.starts_with(r#"spec.virtualhost.fqdn: Invalid value: "\x1b[\x7f\u009b": "#),
        "{message}"
    );
    assert!(message.ends_with(r#"; unknown field "spec.a\nb""#), "{message}");
}

fn schemas(schema: &Structural) -> Vec<&Structural> {
    let inner = schema
        .properties
        .values()
        .chain(schema.items.as_deref())
        .chain(schema.additional_properties.as_deref());
    let mut all: Vec<_> = inner.flat_map(schemas).collect();
    all.push(schema);
    all
}

#[test]
fn every_pattern_compiles_and_every_default_is_valid() {
    for definition in crd::all() {
        for schema in schemas(&definition.schema) {
            let _ = schema.pattern.as_ref().map(|pattern| pattern.matches(""));
            if let Some(default) = &schema.default {
                assert_eq!(schema::validate(schema, &mut default.clone()), []);
            }
        }
    }
}

/// Mostly what a schema demands, sometimes anything at all.
fn value_of(schema: &Structural) -> BoxedStrategy<Value> {
    let right = match schema.kind {
        _ if !schema.values.is_empty() => prop::sample::select(schema.values.clone()).boxed(),
        Kind::Object => fields_of(schema),
        Kind::Array => match &schema.items {
            Some(items) => prop::collection::vec(value_of(items), 0..3)
                .prop_map(Value::from)
                .boxed(),
            None => Just(json!([])).boxed(),
        },
        Kind::String => {
            let texts = [
                "", "a", "a.test", "*.a.test", "/x", "5s", "infinity", "0", "1.0", "ns/name", "Ä\u{0}",
            ];
            prop::sample::select(texts.to_vec()).prop_map(Value::from).boxed()
        }
        Kind::Integer => prop_oneof![4 => -1_i64..70_000, 1 => any::<i64>()]
            .prop_map(Value::from)
            .boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
    };
    Union::new_weighted(vec![(60, right), (1, anything())]).boxed()
}

fn fields_of(schema: &Structural) -> BoxedStrategy<Value> {
    let required = |name: &String| if schema.required.contains(name) { 0.98 } else { 0.2 };
    let fields: Vec<_> = schema
        .properties
        .iter()
        .map(|(name, field)| {
            (
                Just(name.clone()),
                prop::option::weighted(required(name), value_of(field)),
            )
        })
        .collect();
    let fields = fields.prop_map(|fields| {
        let present = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Value::Object(present.collect::<Map<_, _>>())
    });
    match &schema.additional_properties {
        Some(values) => prop::collection::btree_map("[a-z]", value_of(values), 0..2)
            .prop_map(|map| json!(map))
            .boxed(),
        None => fields.boxed(),
    }
}

fn anything() -> BoxedStrategy<Value> {
    let samples = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!("x"),
        json!([[null]]),
        json!({"x": {}}),
    ];
    prop::sample::select(samples.to_vec()).boxed()
}

/// An object of the kind, its spec and status as the schema says.
fn object_of(definition: &'static crd::Definition) -> impl Strategy<Value = Value> {
    let identity = json!({
        "apiVersion": definition.names.api_version(),
        "kind": definition.names.kind,
        "metadata": {"name": "a"},
    });
    let parts = ["spec", "status"].map(|part| value_of(&definition.schema.properties[part]));
    parts.prop_map(move |[spec, status]| {
        let mut object = identity.clone();
        object["spec"] = spec;
        object["status"] = status;
        object
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    Union::new(crd::all().iter().map(|definition| object_of(definition).boxed()))
}

/// Whether the type of its kind holds the object.
fn is_readable(object: &Value) -> bool {
    let node = &Node::at(1, 1, object.clone());
    match object["kind"].as_str().unwrap() {
        "HTTPProxy" => typed::<CustomResource<HttpProxySpec>>(node, "").is_ok(),
        "TLSCertificateDelegation" => typed::<CustomResource<DelegationSpec>>(node, "").is_ok(),
        "ExtensionService" => typed::<CustomResource<ExtensionServiceSpec>>(node, "").is_ok(),
        "ContourConfiguration" => typed::<CustomResource<ContourConfigurationSpec>>(node, "").is_ok(),
        "RoutePolicy" => typed::<CustomResource<RoutePolicySpec>>(node, "").is_ok(),
        kind => panic!("{kind} has no type"),
    }
}

proptest! {
    #[test]
    fn what_the_schema_passes_the_type_holds(mut object in any_object()) {
        let (api_version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
        let definition = crd::definition(api_version, kind).unwrap();
        prop_assume!(!object["spec"].is_null());
        let metadata = object["metadata"].take();
        if schema::validate(&definition.schema, &mut object).is_empty() {
            object["metadata"] = metadata;
            prop_assert!(is_readable(&object), "{object}");
        }
    }

    #[test]
    fn a_refusal_says_why_and_where(object in any_object()) {
        let text = serde_saphyr::to_string(&object).unwrap();
        let lines = u64::try_from(text.lines().count()).unwrap();
        for document in parse(&text).unwrap() {
            if let Content::Rejected(rejection) = document.content {
                prop_assert!(!rejection.problems.is_empty());
                for problem in rejection.problems {
                    prop_assert!((1..=lines).contains(&problem.line), "{problem:?} of {lines}");
                }
            }
        }
    }

    #[test]
    fn no_text_is_too_odd(text in "(apiVersion: |kind: |v1\n|Secret\n|Ingress\n|[ \\-:{}\\[\\]&*!|>'\"%@`#,?\n]|[a-z0-9]){0,60}") {
        let _ = parse(&text);
    }
}
