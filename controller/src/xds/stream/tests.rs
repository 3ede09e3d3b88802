//! The rules of the protocol, one test each, against a model of Envoy that checks its invariants after every step.

mod envoy;
mod random;

use isoline_envoy_api::{
    any,
    envoy::config::route::v3::{RouteConfiguration, ScopedRouteConfiguration},
};
use isoline_translator::{Kind, NamespacedName, ObjectRef, Resource, ResourceChange, ResourceKey, ResourceType};

use self::envoy::{Envoy, request};
use ResourceType::{Cluster, Endpoints, Extension, Listener, Scope, Secret};

fn change(kind: ResourceType, name: &str, version: &str, needs: &[&str]) -> ResourceChange {
    let scope = ScopedRouteConfiguration {
        name: name.to_owned(),
        route_configuration: Some(RouteConfiguration {
            name: version.to_owned(),
            ..RouteConfiguration::default()
        }),
        ..ScopedRouteConfiguration::default()
    };
    let resource = Resource {
        version: version.to_owned(),
        body: any(&scope),
        needs: needs.iter().map(ToString::to_string).collect(),
        endpoints: (kind == Cluster).then(|| name.to_owned()),
        origin: vec![origin(name)],
        secrets: Vec::new(),
    };
    ResourceChange {
        key: super::key(kind, name),
        resource: Some(resource),
    }
}

fn origin(name: &str) -> ObjectRef {
    ObjectRef {
        kind: Kind::HttpProxy,
        name: NamespacedName::new("test", name),
    }
}

fn cluster(name: &str, version: &str) -> ResourceChange {
    change(Cluster, name, version, &[])
}

fn endpoints(name: &str, version: &str) -> ResourceChange {
    change(Endpoints, name, version, &[])
}

fn listener(name: &str, version: &str, needs: &[&str]) -> ResourceChange {
    change(Listener, name, version, needs)
}

fn scope(name: &str, version: &str, needs: &[&str]) -> ResourceChange {
    change(Scope, name, version, needs)
}

fn gone(kind: ResourceType, name: &str) -> ResourceChange {
    ResourceChange {
        key: super::key(kind, name),
        resource: None,
    }
}

/// A listener, and scope `s` that needs cluster `a`.
fn small() -> Vec<ResourceChange> {
    vec![
        cluster("a", "1"),
        endpoints("a", "1"),
        listener("l", "1", &[]),
        scope("s", "1", &["a"]),
    ]
}

fn bad(kind: ResourceType, name: &str, version: &str) -> (ResourceKey, String) {
    (super::key(kind, name), version.to_owned())
}

#[track_caller]
fn assert_log(envoy: &mut Envoy, expected: &[&str]) {
    envoy.settle();
    assert_eq!(envoy.log, expected);
    envoy.log.clear();
}

#[test]
fn a_new_envoy_gets_everything_in_order() {
    let mut envoy = Envoy::new(small());
    assert_log(
        &mut envoy,
        &["Cluster +a@1", "Endpoints +a@1", "Listener +l@1", "Scope +s@1"],
    );
}

#[test]
fn an_empty_configuration_is_answered_once() {
    let mut envoy = Envoy::new(Vec::new());
    assert_log(&mut envoy, &["Cluster", "Listener"]);
    envoy.publish(vec![gone(Cluster, "never")]);
    assert_log(&mut envoy, &[]);
}

#[test]
fn a_reconnect_with_current_versions_sends_nothing() {
    let mut envoy = Envoy::settled(small());
    envoy.reconnect();
    assert_log(&mut envoy, &[]);
}

#[test]
fn a_reconnect_sends_only_what_changed_and_removes_what_is_gone() {
    let mut envoy = Envoy::settled([small(), vec![scope("t", "1", &["a"]), scope("u", "1", &[])]].concat());
    envoy.reconnect();
    envoy.publish(vec![scope("t", "2", &["a"]), gone(Scope, "u")]);
    assert_log(&mut envoy, &["Scope +t@2 -u"]);
}

#[test]
fn a_cluster_that_changed_during_a_reconnect_gets_its_unchanged_endpoints_again() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![cluster("a", "2")]);
    envoy.reconnect();
    assert_log(&mut envoy, &["Cluster +a@2", "Endpoints +a@1"]);
    assert!(envoy.warming.is_empty());
}

#[test]
fn a_missing_name_is_answered_at_once_and_sent_when_it_appears() {
    let mut envoy = Envoy::settled(small());
    envoy.subscribe(Secret, "certificate");
    assert_log(&mut envoy, &["Secret -certificate"]);
    envoy.publish(vec![change(Secret, "certificate", "1", &[])]);
    assert_log(&mut envoy, &["Secret +certificate@1"]);
}

#[test]
fn a_name_that_is_asked_for_again_is_sent_again() {
    let mut envoy = Envoy::settled(small());
    envoy.subscribe(Endpoints, "a");
    assert_log(&mut envoy, &["Endpoints +a@1"]);
}

#[test]
fn an_unsubscribed_name_is_not_sent() {
    let mut envoy = Envoy::settled(small());
    envoy.subscribe(Secret, "certificate");
    envoy.unsubscribe(Secret, "certificate");
    envoy.settle();
    envoy.log.clear();
    envoy.publish(vec![change(Secret, "certificate", "1", &[])]);
    assert_log(&mut envoy, &[]);
}

#[test]
fn secrets_are_sent_by_name_only() {
    let secrets = ["one", "two"].map(|name| change(Secret, name, "1", &[]));
    let mut envoy = Envoy::settled([small(), secrets.into()].concat());
    envoy.begin(Secret);
    let wildcard = vec!["*".to_owned()];
    envoy.requests.push_back(super::DeltaDiscoveryRequest {
        resource_names_subscribe: wildcard,
        ..request(Secret)
    });
    assert_log(&mut envoy, &[]);
    envoy.subscribe(Secret, "two");
    assert_log(&mut envoy, &["Secret +two@1"]);
}

#[test]
fn a_wildcard_can_be_spelt_out_and_ended() {
    let mut envoy = Envoy::default();
    envoy.publish(small());
    envoy.subscribe(Cluster, "*");
    envoy.serve();
    envoy.receive();
    assert_eq!(envoy.log, ["Cluster +a@1"]);
    envoy.unsubscribe(Cluster, "*");
    envoy.settle();
    envoy.log.clear();
    envoy.publish(vec![cluster("b", "1"), cluster("a", "2")]);
    assert_log(&mut envoy, &[]);
}

#[test]
fn an_envoy_that_drops_its_scopes_and_asks_again_gets_them_again() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![gone(Listener, "l")]);
    envoy.settle();
    envoy.publish(vec![scope("s", "2", &["b"]), gone(Cluster, "a")]);
    assert_log(&mut envoy, &["Listener -l", "Cluster -a"]);
    envoy.publish([small(), vec![gone(Scope, "s")]].concat());
    assert_log(
        &mut envoy,
        &["Cluster +a@1", "Listener +l@1", "Endpoints +a@1", "Scope"],
    );
}

#[test]
fn a_scope_that_was_on_its_way_while_envoy_asked_again_is_removed_when_it_is_gone() {
    let mut envoy = Envoy::settled([small(), vec![scope("t", "1", &[])]].concat());
    envoy.publish(vec![scope("t", "2", &[])]);
    envoy.unsubscribe(Scope, "*");
    envoy.serve();
    envoy.publish(vec![gone(Scope, "t")]);
    envoy.subscribe(Scope, "*");
    envoy.serve();
    assert_log(&mut envoy, &["Scope +t@2", "Scope +s@1 -t"]);
}

#[test]
fn a_scope_waits_until_clusters_and_endpoints_are_acknowledged() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![cluster("b", "1"), endpoints("b", "1"), scope("s", "2", &["b"])]);
    let step = |envoy: &mut Envoy, expected: &str| {
        assert!(envoy.receive());
        assert_eq!(envoy.log.last().expect("something was received"), expected);
        assert!(envoy.responses.is_empty(), "nothing may be sent before the answer");
        while envoy.serve() {}
    };
    step(&mut envoy, "Cluster +b@1");
    step(&mut envoy, "Endpoints +b@1");
    step(&mut envoy, "Scope +s@2");
}

#[test]
fn a_listener_waits_for_the_clusters_of_its_tcp_routes() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![listener("l", "2", &["b"]), cluster("b", "1"), endpoints("b", "1")]);
    assert_log(&mut envoy, &["Cluster +b@1", "Endpoints +b@1", "Listener +l@2"]);
}

#[test]
fn a_scope_waits_for_a_cluster_that_does_not_exist_while_others_flow() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![scope("s", "2", &["a", "b"]), scope("t", "1", &["a"])]);
    assert_log(&mut envoy, &["Scope +t@1"]);
    assert_eq!(envoy.version(Scope, "s"), Some("1"));
    envoy.publish(vec![cluster("b", "1"), endpoints("b", "1")]);
    assert_log(&mut envoy, &["Cluster +b@1", "Endpoints +b@1", "Scope +s@2"]);
}

#[test]
fn a_scope_that_no_longer_needs_the_missing_cluster_is_sent() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![scope("s", "2", &["b"])]);
    assert_log(&mut envoy, &[]);
    envoy.publish(vec![scope("s", "3", &["a"])]);
    assert_log(&mut envoy, &["Scope +s@3"]);
}

#[test]
fn a_cluster_is_removed_when_the_scope_that_needed_it_is_acknowledged_as_gone() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![gone(Scope, "s"), gone(Cluster, "a"), gone(Endpoints, "a")]);
    assert_eq!(envoy.responses.len(), 1);
    assert_log(&mut envoy, &["Scope -s", "Cluster -a"]);
}

#[test]
fn a_move_between_clusters_makes_before_it_breaks() {
    let mut envoy = Envoy::settled(small());
    let made = vec![cluster("b", "1"), endpoints("b", "1"), scope("s", "2", &["b"])];
    envoy.publish([made, vec![gone(Cluster, "a"), gone(Endpoints, "a")]].concat());
    assert_log(
        &mut envoy,
        &["Cluster +b@1", "Endpoints +b@1", "Scope +s@2", "Cluster -a"],
    );
}

#[test]
fn a_cluster_that_a_scope_on_its_way_needs_is_not_removed() {
    let mut envoy = Envoy::settled([small(), vec![cluster("b", "1"), endpoints("b", "1")]].concat());
    envoy.publish(vec![scope("s", "2", &["b"])]);
    envoy.publish(vec![scope("s", "3", &["a"]), gone(Cluster, "b")]);
    assert_log(&mut envoy, &["Scope +s@2", "Scope +s@3", "Cluster -b"]);
}

#[test]
fn a_cluster_that_comes_back_while_its_removal_is_on_its_way_is_sent_before_the_scope() {
    let mut envoy = Envoy::settled([small(), vec![cluster("b", "1"), endpoints("b", "1")]].concat());
    envoy.publish(vec![gone(Cluster, "b")]);
    envoy.publish(vec![cluster("b", "1"), scope("s", "2", &["b"])]);
    assert_log(
        &mut envoy,
        &["Cluster -b", "Cluster +b@1", "Endpoints +b@1", "Scope +s@2"],
    );
}

#[test]
fn after_a_reconnect_clusters_stay_until_every_scope_is_known_again() {
    let mut envoy = Envoy::settled([small(), vec![cluster("b", "1"), endpoints("b", "1")]].concat());
    envoy.publish(vec![scope("s", "2", &["missing"])]);
    envoy.reconnect();
    envoy.publish(vec![gone(Cluster, "a"), gone(Cluster, "b")]);
    assert_log(&mut envoy, &[]);
    envoy.publish(vec![scope("s", "3", &[])]);
    assert_log(&mut envoy, &["Scope +s@3", "Cluster -a -b"]);
}

#[test]
fn after_a_reconnect_clusters_stay_until_listeners_and_scopes_are_stated() {
    let mut envoy = Envoy::settled(vec![cluster("a", "1"), endpoints("a", "1"), listener("l", "1", &[])]);
    envoy.reconnect();
    envoy.publish(vec![gone(Cluster, "a")]);
    let types: Vec<_> = envoy
        .requests
        .iter()
        .map(|request| ResourceType::from_type_url(&request.type_url))
        .collect();
    assert_eq!(types, [Some(Cluster), Some(Endpoints), Some(Listener), Some(Scope)]);
    for _ in 0..3 {
        envoy.serve();
        assert!(envoy.responses.is_empty());
    }
    // The scopes' first answer was empty and is owed again, since Envoy states none.
    assert_log(&mut envoy, &["Cluster -a", "Scope"]);
}

#[test]
fn an_updated_cluster_gets_its_unchanged_endpoints_again() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![cluster("a", "2")]);
    assert_log(&mut envoy, &["Cluster +a@2", "Endpoints +a@1"]);
    assert!(envoy.warming.is_empty());
}

#[test]
fn an_updated_cluster_gets_its_endpoints_after_it_even_if_some_were_on_their_way() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![endpoints("a", "2")]);
    envoy.publish(vec![cluster("a", "2"), scope("s", "2", &["a"])]);
    assert_log(
        &mut envoy,
        &["Endpoints +a@2", "Cluster +a@2", "Endpoints +a@2", "Scope +s@2"],
    );
    assert!(envoy.warming.is_empty());
}

#[test]
fn a_cluster_waits_for_its_endpoints_to_exist_and_keeps_the_old_ones() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![gone(Endpoints, "a")]);
    envoy.publish(vec![cluster("a", "2")]);
    assert_log(&mut envoy, &[]);
    envoy.publish(vec![endpoints("a", "2")]);
    assert_log(&mut envoy, &["Cluster +a@2", "Endpoints +a@2"]);
}

#[test]
fn what_changes_while_a_response_is_in_flight_coalesces_into_the_next() {
    let mut envoy = Envoy::settled(small());
    for version in 2..9 {
        envoy.publish(vec![scope("s", &version.to_string(), &["a"])]);
    }
    assert_log(&mut envoy, &["Scope +s@2", "Scope +s@8"]);
}

#[test]
fn a_change_that_is_taken_back_in_time_is_never_sent() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![scope("t", "1", &["a"])]);
    envoy.publish(vec![scope("s", "2", &["a"])]);
    envoy.publish(vec![scope("s", "1", &["a"])]);
    assert_log(&mut envoy, &["Scope +t@1"]);
}

#[test]
fn a_response_is_bounded_but_the_first_answer_is_whole() {
    let scopes = |version: &str| {
        let big = |name| {
            let mut change = scope(name, version, &[]);
            change.resource.as_mut().expect("an upsert").body.value = vec![0; super::responses::RESPONSE_BYTES / 2];
            change
        };
        ["s", "t", "u", "v"].map(big).to_vec()
    };
    let mut envoy = Envoy::new([small(), scopes("1")].concat());
    envoy.settle();
    assert_eq!(
        envoy.log.last().expect("scopes were received"),
        "Scope +s@1 +t@1 +u@1 +v@1"
    );
    envoy.log.clear();
    envoy.publish(scopes("2"));
    assert_log(&mut envoy, &["Scope +s@2 +t@2", "Scope +u@2 +v@2"]);
}

#[test]
fn a_refusal_is_narrowed_down_to_its_resource_and_the_rest_is_delivered() {
    for partial in [false, true] {
        let mut envoy = Envoy {
            partial,
            ..Envoy::settled(small())
        };
        envoy.bad.insert(bad(Scope, "u", "1"));
        envoy.publish(["t", "u", "v", "w"].map(|name| scope(name, "1", &["a"])).to_vec());
        assert_log(
            &mut envoy,
            &[
                "Scope +t@1 +u@1 +v@1 +w@1",
                "Scope +t@1 +u@1",
                "Scope +t@1",
                "Scope +u@1",
                "Scope +v@1 +w@1",
            ],
        );
        assert_eq!(
            ["t", "u", "v", "w"].map(|name| envoy.version(Scope, name).is_some()),
            [true, false, true, true]
        );
        let refusal = super::Refusal {
            key: super::key(Scope, "u"),
            version: Some("1".to_owned()),
            origin: vec![origin("u")],
            message: "refused u".to_owned(),
        };
        assert_eq!(envoy.stream.refusals().collect::<Vec<_>>(), [&refusal]);
        assert_eq!(envoy.stream.take_new_refusals(), [refusal]);
        assert_eq!(envoy.stream.take_new_refusals(), []);
    }
}

#[test]
fn a_refusal_does_not_repeat_the_resource() {
    let message = "name: \"k\"\nprivate_key { }: Proto constraint validation failed (Name: too short)";
    assert_eq!(
        super::answers::without_body(message),
        "Proto constraint validation failed (Name: too short)"
    );
    assert_eq!(super::answers::without_body("unknown cluster"), "unknown cluster");
}

#[test]
fn a_refused_version_is_sent_again_only_when_it_changes() {
    let mut envoy = Envoy::settled(small());
    envoy.bad.insert(bad(Scope, "s", "2"));
    envoy.publish(vec![scope("s", "2", &["a"])]);
    assert_log(&mut envoy, &["Scope +s@2"]);
    assert_eq!(envoy.version(Scope, "s"), Some("1"));
    envoy.publish(vec![scope("s", "2", &["a"])]);
    assert_log(&mut envoy, &[]);
    envoy.publish(vec![scope("s", "3", &["a"])]);
    assert_log(&mut envoy, &["Scope +s@3"]);
    assert_eq!(envoy.stream.refusals().count(), 0);
}

#[test]
fn a_refusal_ends_when_its_resource_goes_back_to_what_envoy_has() {
    let mut envoy = Envoy::settled(small());
    envoy.bad.insert(bad(Scope, "s", "2"));
    envoy.publish(vec![scope("s", "2", &["a"])]);
    envoy.settle();
    envoy.log.clear();
    envoy.publish(vec![scope("s", "1", &["a"])]);
    assert_log(&mut envoy, &[]);
    assert_eq!(envoy.stream.refusals().count(), 0);
}

#[test]
fn a_refused_cluster_holds_back_only_the_scopes_that_need_it() {
    let mut envoy = Envoy::settled(small());
    envoy.bad.insert(bad(Cluster, "b", "1"));
    let clusters = vec![
        cluster("b", "1"),
        endpoints("b", "1"),
        cluster("c", "1"),
        endpoints("c", "1"),
    ];
    envoy.publish([clusters, vec![scope("s", "2", &["b"]), scope("t", "1", &["c"])]].concat());
    envoy.settle();
    assert_eq!(envoy.version(Scope, "s"), Some("1"));
    assert_eq!(envoy.version(Scope, "t"), Some("1"));
    envoy.publish(vec![cluster("b", "2")]);
    envoy.settle();
    assert_eq!(envoy.version(Scope, "s"), Some("2"));
}

#[test]
fn a_refused_update_of_a_cluster_leaves_the_good_one_in_use() {
    let mut envoy = Envoy::settled(small());
    envoy.bad.insert(bad(Cluster, "a", "2"));
    envoy.publish(vec![cluster("a", "2"), scope("s", "2", &["a"])]);
    envoy.settle();
    assert_eq!(envoy.version(Cluster, "a"), Some("1"));
    assert_eq!(envoy.version(Scope, "s"), Some("2"));
}

#[test]
fn clusters_are_not_removed_while_a_refusal_is_narrowed_down() {
    let mut envoy = Envoy {
        partial: true,
        ..Envoy::settled([small(), vec![listener("s", "1", &["a"]), listener("t", "1", &["a"])]].concat())
    };
    envoy.bad.insert(bad(Listener, "t", "2"));
    let made = vec![
        cluster("b", "1"),
        endpoints("b", "1"),
        listener("s", "2", &["b"]),
        listener("t", "2", &["b"]),
    ];
    envoy.publish(made);
    while envoy.log.last().is_none_or(|line| line != "Listener +s@2 +t@2") {
        assert!(envoy.serve() || envoy.receive());
    }
    envoy.log.clear();
    // Envoy has taken s@2, though it refused the response: b must stay until s@3 is acknowledged.
    envoy.publish(vec![
        listener("s", "3", &["a"]),
        listener("t", "3", &["a"]),
        gone(Cluster, "b"),
    ]);
    assert_log(&mut envoy, &["Listener +s@3", "Listener +t@3", "Cluster -b"]);
}

#[test]
fn a_scope_that_envoy_remembers_from_a_refused_response_is_served_after_a_reconnect() {
    let mut envoy = Envoy::settled(small());
    envoy.bad.insert(bad(Scope, "u", "1"));
    envoy.publish(vec![
        scope("s", "2", &["a"]),
        scope("t", "1", &["a"]),
        scope("u", "1", &["a"]),
    ]);
    envoy.receive();
    envoy.reconnect();
    envoy.publish(vec![gone(Scope, "u")]);
    assert_log(&mut envoy, &["Scope +s@2 +t@1 +u@1", "Scope +s@2 +t@1"]);
    assert_eq!(
        [envoy.version(Scope, "s"), envoy.version(Scope, "t")],
        [Some("2"), Some("1")]
    );
}

#[test]
fn a_scope_of_the_very_first_response_that_was_refused_is_served_after_a_reconnect() {
    let mut envoy = Envoy::new([small(), vec![scope("t", "1", &[])]].concat());
    envoy.bad.insert(bad(Scope, "t", "1"));
    while envoy.log.last().is_none_or(|line| line != "Scope +s@1 +t@1") {
        assert!(envoy.serve() || envoy.receive());
    }
    envoy.reconnect();
    envoy.publish(vec![gone(Scope, "t")]);
    envoy.settle();
    assert_eq!(envoy.version(Scope, "s"), Some("1"));
}

#[test]
fn what_envoy_may_have_taken_of_a_refused_response_is_taken_back() {
    let mut envoy = Envoy {
        partial: true,
        ..Envoy::settled([small(), vec![listener("s", "1", &["a"])]].concat())
    };
    envoy.bad.insert(bad(Listener, "t", "1"));
    envoy.publish(vec![listener("s", "2", &["a"]), listener("t", "1", &["a"])]);
    envoy.receive();
    envoy.publish(vec![listener("s", "1", &["a"]), gone(Listener, "t")]);
    assert_log(&mut envoy, &["Listener +s@2 +t@1", "Listener +s@1", "Listener -t"]);
    assert_eq!(envoy.version(Listener, "s"), Some("1"));
}

#[test]
fn a_refused_replacement_of_what_envoy_may_have_taken_leaves_a_doubt() {
    let mut envoy = Envoy {
        partial: true,
        ..Envoy::settled([small(), vec![listener("s", "1", &["a"])]].concat())
    };
    envoy.bad.extend([bad(Listener, "t", "1"), bad(Listener, "s", "3")]);
    envoy.publish(vec![listener("s", "2", &["a"]), listener("t", "1", &["a"])]);
    envoy.receive();
    envoy.publish(vec![listener("s", "3", &["a"]), gone(Listener, "t")]);
    assert_log(&mut envoy, &["Listener +s@2 +t@1", "Listener +s@3", "Listener -t"]);
    assert_eq!(envoy.version(Listener, "s"), Some("2"));
    envoy.publish(vec![listener("s", "1", &["a"])]);
    assert_log(&mut envoy, &["Listener +s@1"]);
}

#[test]
fn an_old_nonce_answers_nothing_but_its_subscription_counts() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![scope("s", "2", &["a"])]);
    let stale = super::DeltaDiscoveryRequest {
        response_nonce: ".1".to_owned(),
        resource_names_subscribe: vec!["certificate".to_owned()],
        ..request(Secret)
    };
    envoy.requests.push_back(stale);
    envoy.requests.push_back(super::DeltaDiscoveryRequest {
        response_nonce: ".1".to_owned(),
        ..request(Scope)
    });
    while envoy.serve() {}
    envoy.publish(vec![scope("s", "3", &["a"])]);
    let waiting: Vec<_> = envoy
        .responses
        .iter()
        .map(|response| response.type_url.clone())
        .collect();
    assert_eq!(waiting, [Scope.type_url(), Secret.type_url()]);
    assert_log(&mut envoy, &["Scope +s@2", "Secret -certificate", "Scope +s@3"]);
}

#[test]
fn a_secret_is_removed_when_the_listener_that_used_it_is_acknowledged_as_gone() {
    let mut envoy = Envoy::settled(
        [
            small(),
            vec![change(Secret, "k", "1", &[]), change(Extension, "w", "1", &[])],
        ]
        .concat(),
    );
    envoy.subscribe(Secret, "k");
    envoy.subscribe(Extension, "w");
    envoy.settle();
    envoy.log.clear();
    envoy.publish(vec![gone(Secret, "k"), gone(Extension, "w"), listener("l", "2", &[])]);
    assert_log(&mut envoy, &["Listener +l@2", "Secret -k", "Extension -w"]);
}

#[test]
fn a_secret_is_removed_at_once_when_the_listeners_turn_out_unchanged() {
    let mut envoy = Envoy::settled([small(), vec![change(Secret, "k", "1", &[])]].concat());
    envoy.subscribe(Secret, "k");
    envoy.settle();
    envoy.log.clear();
    envoy.publish(vec![gone(Secret, "k"), listener("l", "1", &[])]);
    assert_log(&mut envoy, &["Secret -k"]);
}

#[test]
fn endpoints_of_a_cluster_that_comes_back_are_acknowledged_anew() {
    let mut envoy = Envoy::settled(small());
    envoy.publish(vec![gone(Scope, "s"), gone(Cluster, "a")]);
    envoy.settle();
    envoy.log.clear();
    envoy.publish(vec![cluster("a", "1"), scope("s", "1", &["a"])]);
    assert_log(&mut envoy, &["Cluster +a@1", "Endpoints +a@1", "Scope +s@1"]);
}

#[test]
fn an_unknown_type_is_not_answered() {
    let mut envoy = Envoy::settled(small());
    let request = super::DeltaDiscoveryRequest {
        type_url: "type.test/Unknown".to_owned(),
        ..request(Scope)
    };
    envoy.requests.push_back(request);
    assert_log(&mut envoy, &[]);
}
