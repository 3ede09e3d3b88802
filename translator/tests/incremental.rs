//! Any sequence of changes comes to the same as one translation of the objects that are left.

#[path = "incremental/fields.rs"]
mod fields;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use isoline_envoy_api::any_to_json;
use isoline_translator::{
    Change, Kind, Object, ObjectRef, Resource, Settings, Translation, Translator, invariant_violations,
    manifest::{self, Content},
    translate,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const NAMESPACES: [&str; 2] = ["a", "b"];
const HOSTS: [&str; 4] = ["one.test", "two.test", "*.test", "ONE.test"];

static KEY_PAIR: LazyLock<(String, String)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["one.test".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
});

fn object(value: &Value) -> Object {
    let mut documents = manifest::parse(&value.to_string()).unwrap();
    match documents.remove(0).content {
        Content::Object(object) => *object,
        other => panic!("{value} is {other:?}"),
    }
}

fn metadata() -> impl Strategy<Value = (&'static str, usize)> {
    (prop::sample::select(&NAMESPACES[..]), 0..4usize)
}

fn condition() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec!["/", "/x", "/x/y", "x"]).prop_map(|prefix| json!({ "prefix": prefix })),
        prop::sample::select(vec!["/x", "/z"]).prop_map(|exact| json!({ "exact": exact })),
        (
            prop::sample::select(vec!["h", "H", "i"]),
            prop::sample::select(vec!["exact", "notexact", "contains", "regex"])
        )
            .prop_map(|(name, kind)| json!({"header": {"name": name, kind: "v["}})),
        prop::sample::select(vec!["exact", "regex", "prefix"])
            .prop_map(|kind| json!({"queryParameter": {"name": "q", kind: "v"}})),
        prop::sample::select(vec!["/r[0-9]", "/r["]).prop_map(|regex| json!({ "regex": regex })),
    ]
}

fn conditions() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(condition(), 0..3)
}

fn services() -> impl Strategy<Value = Vec<Value>> {
    let service = (0..4usize, prop::sample::select(vec![80, 81, 82]), 0..3u32);
    prop::collection::vec(
        service.prop_map(|(n, port, weight)| json!({"name": format!("s{n}"), "port": port, "weight": weight})),
        0..3,
    )
}

fn called_services() -> impl Strategy<Value = Vec<Value>> {
    (services(), fields::of_services()).prop_map(|(mut services, fields)| {
        if let Some(first) = services.first_mut() {
            fields::merge(first, fields);
        }
        services
    })
}

fn tls() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(Value::Null),
        (0..4usize).prop_map(|n| json!({"secretName": format!("c{n}")})),
        (0..4usize).prop_map(|n| json!({"secretName": format!("b/c{n}")})),
        Just(json!({"passthrough": true})),
    ]
}

fn virtual_host() -> impl Strategy<Value = Value> {
    let host = (
        prop::sample::select(&HOSTS[..3]),
        tls(),
        fields::of_tls(),
        fields::of_hosts(),
    );
    prop_oneof![
        Just(Value::Null),
        host.prop_map(|(fqdn, mut tls, of_tls, fields)| {
            let mut host = json!({ "fqdn": fqdn });
            if !tls.is_null() {
                fields::merge(&mut tls, of_tls);
                host["tls"] = tls;
            }
            fields::merge(&mut host, fields);
            host
        }),
    ]
}

fn http_proxy() -> impl Strategy<Value = Value> {
    let action = prop_oneof![
        4 => called_services().prop_map(|services| json!({ "services": services })),
        1 => fields::answer(),
    ];
    let route =
        (conditions(), action, fields::of_routes(), any::<bool>()).prop_map(|(conditions, action, fields, permit)| {
            let mut route = json!({"conditions": conditions, "permitInsecure": permit});
            fields::merge(&mut route, action);
            fields::merge(&mut route, fields);
            route
        });
    let include = (0..4usize, prop::sample::select(&NAMESPACES[..]), conditions()).prop_map(
        |(n, namespace, conditions)| json!({"name": format!("p{n}"), "namespace": namespace, "conditions": conditions}),
    );
    let tcp = prop_oneof![
        3 => Just(Value::Null),
        1 => services().prop_map(|services| json!({ "services": services })),
        1 => (0..4usize).prop_map(|n| json!({"include": {"name": format!("p{n}")}})),
    ];
    let lists = (prop::collection::vec(route, 0..3), prop::collection::vec(include, 0..3));
    (metadata(), virtual_host(), lists, tcp).prop_map(|((namespace, n), host, (routes, includes), tcp)| {
        let mut spec = json!({"routes": routes, "includes": includes});
        if !host.is_null() {
            spec["virtualhost"] = host;
        }
        if !tcp.is_null() {
            spec["tcpproxy"] = tcp;
        }
        json!({"apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy",
            "metadata": {"namespace": namespace, "name": format!("p{n}")}, "spec": spec})
    })
}

fn service() -> impl Strategy<Value = Value> {
    let port = (
        prop::sample::select(vec![80, 81]),
        prop::sample::select(vec!["", "web"]),
        prop::sample::select(vec!["TCP", "UDP"]),
    );
    (metadata(), port, fields::of_service_objects()).prop_map(
        |((namespace, n), (port, name, protocol), (of_port, annotations))| {
            let mut port = json!({"port": port, "name": name, "protocol": protocol});
            fields::merge(&mut port, of_port);
            json!({"apiVersion": "v1", "kind": "Service",
                "metadata": {"namespace": namespace, "name": format!("s{n}"), "annotations": annotations},
                "spec": {"ports": [port]}})
        },
    )
}

/// The Service of Envoy in the settings whose mode is `Auto`.
fn envoy_service() -> impl Strategy<Value = Value> {
    let shape = (
        prop::sample::select(vec!["LoadBalancer", "NodePort"]),
        prop::sample::select(vec![8080, 8081]),
        fields::of_load_balancers(),
    );
    shape.prop_map(|(kind, target, annotations)| {
        json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"namespace": "a", "name": "envoy", "annotations": annotations},
        "spec": {"type": kind, "ports": [
            {"name": "http", "port": 80, "targetPort": 8080},
            {"name": "https", "port": 443, "targetPort": target},
        ]}})
    })
}

fn slice() -> impl Strategy<Value = Value> {
    (metadata(), 0..4usize, prop::sample::select(vec!["", "web"]), 0..4u8).prop_map(|((namespace, n), service, port, ready)| {
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"namespace": namespace, "name": format!("e{n}"), "labels": {"kubernetes.io/service-name": format!("s{service}")}},
            "ports": [{"name": port, "port": 8080}],
            "endpoints": (0..ready).map(|i| json!({"addresses": [format!("10.0.0.{i}")]})).collect::<Vec<_>>()})
    })
}

fn secret() -> impl Strategy<Value = Value> {
    (
        metadata(),
        prop::sample::select(vec!["good", "keyless", "strange", "authority", "keys"]),
    )
        .prop_map(|((namespace, n), state)| {
            let (certificate, key) = &*KEY_PAIR;
            let data = if state == "keyless" {
                json!({ "tls.crt": certificate })
            } else if state == "authority" {
                json!({ "ca.crt": certificate })
            } else if state == "keys" {
                json!({ "keys": "{\"keys\": []}" })
            } else {
                json!({"tls.crt": certificate, "tls.key": key})
            };
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": namespace, "name": format!("c{n}")},
            "type": match state { "strange" => "odd/type", "good" => "kubernetes.io/tls", _ => "Opaque" }, "stringData": data})
        })
}

fn delegation() -> impl Strategy<Value = Value> {
    (metadata(), 0..4usize, prop::sample::select(vec!["a", "*"])).prop_map(|((namespace, n), secret, target)| {
        json!({"apiVersion": "projectcontour.io/v1", "kind": "TLSCertificateDelegation",
            "metadata": {"namespace": namespace, "name": format!("d{n}")},
            "spec": {"delegations": [{"secretName": format!("c{secret}"), "targetNamespaces": [target]}]}})
    })
}

fn route_policy() -> impl Strategy<Value = Value> {
    let target = prop_oneof![
        2 => (0..4usize).prop_map(|n| json!({"group": "projectcontour.io", "kind": "HTTPProxy", "name": format!("p{n}")})),
        1 => (0..4usize).prop_map(|n| json!({"group": "networking.k8s.io", "kind": "Ingress", "name": format!("i{n}")})),
    ];
    let targets = prop::collection::vec(target, 1..3);
    let year = 2020..2023;
    (metadata(), year, targets, conditions(), fields::of_policies()).prop_map(
        |((namespace, n), year, targets, conditions, fields)| {
            let mut spec = json!({"targetRefs": targets, "conditions": conditions});
            fields::merge(&mut spec, fields);
            json!({"apiVersion": "isoline.dev/v1alpha1", "kind": "RoutePolicy",
                "metadata": {"namespace": namespace, "name": format!("r{n}"), "creationTimestamp": format!("{year}-01-01T00:00:00Z")},
                "spec": spec})
        },
    )
}

fn extension_service() -> impl Strategy<Value = Value> {
    let protocol = prop::sample::select(vec!["h2", "h2c", "http/1.1"]);
    let authority =
        prop::option::of((0..4usize).prop_map(|n| json!({"caSecret": format!("b/c{n}"), "subjectName": "x.test"})));
    let limit = prop::option::of((0..3u32).prop_map(|limit| json!({ "maxRetries": limit })));
    (metadata(), services(), protocol, authority, limit).prop_map(
        |((namespace, n), services, protocol, validation, limits)| {
            let mut spec = json!({"services": services, "protocol": protocol});
            if services.is_empty() {
                spec["services"] = json!([{"name": "s0", "port": 80}]);
            }
            if let Some(validation) = validation {
                spec["validation"] = validation;
            }
            if let Some(limits) = limits {
                spec["circuitBreakerPolicy"] = limits;
            }
            json!({"apiVersion": "projectcontour.io/v1alpha1", "kind": "ExtensionService",
            "metadata": {"namespace": namespace, "name": format!("x{n}")}, "spec": spec})
        },
    )
}

/// A rule without a host is for every other one.
const INGRESS_HOSTS: [&str; 4] = ["one.test", "two.test", "*.test", ""];

fn ingress_rule() -> impl Strategy<Value = Value> {
    let path = (
        prop::sample::select(vec!["/", "/x", "/x/"]),
        prop::sample::select(vec!["Prefix", "Exact", "ImplementationSpecific"]),
        ingress_backend(),
    )
        .prop_map(|(path, kind, backend)| json!({"path": path, "pathType": kind, "backend": backend}));
    let paths = prop::collection::vec(path, 1..3);
    (prop::sample::select(&INGRESS_HOSTS[..]), paths).prop_map(|(host, paths)| {
        let rule = json!({"http": {"paths": paths}});
        with_text(rule, "host", host)
    })
}

fn ingress_backend() -> impl Strategy<Value = Value> {
    let port = prop_oneof![
        prop::sample::select(vec![80, 81, 82]).prop_map(|number| json!({ "number": number })),
        Just(json!({"name": "web"})),
    ];
    (0..4usize, port).prop_map(|(n, port)| json!({"service": {"name": format!("s{n}"), "port": port}}))
}

fn with_text(mut value: Value, key: &str, text: &str) -> Value {
    if !text.is_empty() {
        value[key] = json!(text);
    }
    value
}

fn ingress_annotation() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({}),
        json!({}),
        json!({"kubernetes.io/ingress.allow-http": "false"}),
        json!({"ingress.kubernetes.io/force-ssl-redirect": "true"}),
        json!({"projectcontour.io/tls-minimum-protocol-version": "1.3"}),
        json!({"projectcontour.io/tls-cert-namespace": "b"}),
        json!({"projectcontour.io/response-timeout": "soon"}),
        json!({"kubernetes.io/ingress.class": "other"}),
    ])
}

fn ingress() -> impl Strategy<Value = Value> {
    let tls = (
        prop::collection::vec(prop::sample::select(&INGRESS_HOSTS[..3]), 0..3),
        0..4usize,
    )
        .prop_map(|(hosts, n)| json!({"hosts": hosts, "secretName": format!("c{n}")}));
    let lists = (
        prop::collection::vec(ingress_rule(), 1..3),
        prop::collection::vec(tls, 0..2),
    );
    let default = prop::option::weighted(0.2, ingress_backend());
    (metadata(), ingress_annotation(), lists, default).prop_map(
        |((namespace, n), annotations, (rules, tls), default)| {
            let mut spec = json!({"rules": rules, "tls": tls});
            if let Some(backend) = default {
                spec["defaultBackend"] = backend;
            }
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"namespace": namespace, "name": format!("i{n}"), "annotations": annotations}, "spec": spec})
        },
    )
}

/// An object, and whether it comes or goes.
fn change() -> impl Strategy<Value = (Object, bool)> {
    let object = prop_oneof![
        6 => http_proxy(), 3 => ingress(), 3 => service(), 2 => slice(), 2 => secret(), 1 => delegation(),
        3 => route_policy(), 1 => extension_service(), 1 => envoy_service(),
    ];
    (object.prop_map(|value| self::object(&value)), prop::bool::weighted(0.8))
}

fn settings() -> impl Strategy<Value = Settings> {
    let texts = [
        "{}",
        "{loadBalancer: {proxyProtocol: Optional}, listeners: {tlsOffload: {enabled: true}}}",
        "{loadBalancer: {trusted: {hops: 1}}}",
        "{loadBalancer: {mode: Auto}, listeners: {tlsOffload: {enabled: true}}, envoy-service-namespace: a, envoy-service-name: envoy}",
        "{rateLimitService: {extensionService: a/x0, domain: d}, globalExtAuth: {extensionService: b/x1}}",
        "{tracing: {extensionService: a/x0}, tls: {envoy-client-certificate: {namespace: a, name: c0}}}",
    ];
    prop::sample::select(texts.map(|text| Settings::parse(text).unwrap()).to_vec())
}

fn show(resource: Option<&Resource>) -> String {
    resource.map_or_else(
        || "nothing".to_owned(),
        |resource| {
            format!(
                "{} {:?} {:?}",
                any_to_json(&resource.body).unwrap(),
                resource.needs,
                resource.origin
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_sum_of_deltas_is_one_translation(
        settings in settings(),
        batches in prop::collection::vec(prop::collection::vec(change(), 1..6), 1..20),
    ) {
        let mut translator = Translator::new(settings.clone());
        let mut sum = Translation::default();
        let mut objects: BTreeMap<ObjectRef, Object> = BTreeMap::new();
        for batch in batches {
            let mut changes = Vec::new();
            for (object, comes) in batch {
                let reference = object.reference();
                if comes {
                    objects.insert(reference, object.clone());
                    changes.push(Change::Upsert(object));
                } else {
                    objects.remove(&reference);
                    changes.push(Change::Delete(reference));
                }
            }
            let before = sum.clone();
            let delta = translator.apply(changes);
            for change in &delta.resources {
                prop_assert_ne!(before.resources.get(&change.key), change.resource.as_ref(), "sent again: {:?}", change.key);
            }
            for change in &delta.statuses {
                prop_assert_ne!(before.statuses.get(&change.object), change.status.as_ref(), "said again: {}", change.object);
            }
            sum.absorb(delta);
        }
        let once = translate(objects.into_values(), settings);
        prop_assert_eq!(&sum.statuses, &once.statuses);
        prop_assert_eq!(&sum.unmet, &once.unmet);
        prop_assert_eq!(&sum.front, &once.front);
        let keys: BTreeSet<_> = sum.resources.keys().chain(once.resources.keys()).collect();
        for key in keys {
            let (sum, once) = (sum.resources.get(key), once.resources.get(key));
            prop_assert!(sum == once, "{key:?}: {} by deltas, {} at once", show(sum), show(once));
        }
        prop_assert_eq!(invariant_violations(&once), Vec::<String>::new());
    }

    #[test]
    fn the_order_of_objects_does_not_count(objects in prop::collection::vec(change(), 1..20)) {
        let objects: BTreeMap<_, _> = objects.into_iter().map(|(object, _)| (object.reference(), object)).collect();
        let forwards = translate(objects.values().cloned(), Settings::default());
        let backwards = translate(objects.into_values().rev(), Settings::default());
        prop_assert_eq!(forwards, backwards);
    }

    #[test]
    fn an_ingress_makes_no_difference_to_the_status_of_anything_but_policies(
        settings in settings(),
        objects in prop::collection::vec(change(), 1..30),
    ) {
        let objects: BTreeMap<_, _> = objects.into_iter().map(|(object, _)| (object.reference(), object)).collect();
        let others = objects.iter().filter(|(object, _)| object.kind != Kind::Ingress);
        let mut others = translate(others.map(|(_, object)| object.clone()), settings.clone());
        let mut all = translate(objects.into_values(), settings);
        // A policy is told of its targets, and Ingresses are some.
        for translation in [&mut all, &mut others] {
            let is_another = |object: &ObjectRef| !matches!(object.kind, Kind::Ingress | Kind::RoutePolicy);
            translation.statuses.retain(|object, _| is_another(object));
        }
        prop_assert_eq!(all.statuses, others.statuses);
        prop_assert_eq!(all.unmet, others.unmet);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(apiVersion: (v1|projectcontour.io/v1)\nkind: (List|Secret|HTTPProxy|Service)\n)?[ a-z:{}\\[\\],\n\"0-9&*!|>-]{0,200}") {
        let _ = manifest::parse(&text);
    }
}
