use isoline_envoy_api::envoy::{
    config::{listener::v3::filter, route::v3::DirectResponseAction},
    extensions::filters::network::http_connection_manager::v3::HttpFilter,
};
use prost::Message;

use super::*;
use crate::{
    invariants::invariant_violations,
    resource::{Resource, ResourceKey, ResourceType},
    settings::Settings,
    translation::Translation,
    translator::translate,
};

fn everything() -> Translation {
    let text = "health: {envoy: {port: 8003}}\nomEnforcedHealthListener: {port: 8004}";
    let settings = Settings::parse(text).unwrap().with_envoy_listeners().unwrap();
    translate([], settings)
}

/// The rules that are broken once a listener is changed.
fn broken(name: &str, change: impl FnOnce(&mut Listener)) -> Vec<String> {
    let mut translation = everything();
    let key = ResourceKey {
        kind: ResourceType::Listener,
        name: name.to_owned(),
    };
    let resource = translation.resources.get_mut(&key).unwrap();
    let mut listener = Listener::decode(resource.body.value.as_slice()).unwrap();
    change(&mut listener);
    *resource = Resource::new(&listener);
    invariant_violations(&translation)
}

fn of_manager(name: &str, change: impl FnOnce(&mut HttpConnectionManager)) -> Vec<String> {
    broken(name, |listener| {
        let last = listener.filter_chains[0].filters.last_mut().unwrap();
        let Some(filter::ConfigType::TypedConfig(any)) = &mut last.config_type else {
            unreachable!()
        };
        let mut manager = HttpConnectionManager::decode(any.value.as_slice()).unwrap();
        change(&mut manager);
        any.value = manager.encode_to_vec();
    })
}

/// Changes the route of `/ready`.
fn of_route(change: impl FnOnce(&mut Route)) -> Vec<String> {
    of_manager("health", |manager| {
        let Some(RouteSpecifier::RouteConfig(routes)) = &mut manager.route_specifier else {
            unreachable!()
        };
        change(&mut routes.virtual_hosts[0].routes[0]);
    })
}

fn matched(route: &mut Route) -> &mut RouteMatch {
    route.r#match.as_mut().unwrap()
}

fn path(path: &str) -> Option<PathSpecifier> {
    Some(PathSpecifier::Path(path.to_owned()))
}

#[test]
fn what_is_made_breaks_none() {
    let translation = everything();
    let listeners = translation
        .resources
        .keys()
        .filter(|key| key.kind == ResourceType::Listener);
    let names: Vec<_> = listeners.map(|key| key.name.as_str()).collect();
    let expected = ["envoy-admin", "health", "health-om-enforced", "ingress_http", "stats"];
    assert_eq!(names, expected);
    assert_eq!(invariant_violations(&translation), Vec::<String>::new());
}

#[test]
fn nothing_leads_elsewhere() {
    let rule = ["Listener health: leads from Envoy's own listener to elsewhere"];
    let elsewhere = |cluster: &str| Some(ClusterSpecifier::Cluster(cluster.to_owned()));
    assert_eq!(
        of_route(|route| {
            route.action = Some(Action::Route(RouteAction {
                cluster_specifier: elsewhere("web/shop/80"),
                ..Default::default()
            }));
        }),
        rule
    );
    let answer = |route: &mut Route| route.action = Some(Action::DirectResponse(DirectResponseAction::default()));
    assert_eq!(of_route(answer), rule);
}

#[test]
fn nothing_shows_more_than_may_be_read_where_it_is() {
    let rule = ["Listener health: shows more of the admin interface than may be read there"];
    assert_eq!(
        of_route(|route| matched(route).path_specifier = path("/config_dump")),
        rule
    );
    let prefix = Some(PathSpecifier::Prefix("/ready".to_owned()));
    assert_eq!(of_route(|route| matched(route).path_specifier = prefix), rule);
    assert_eq!(of_route(|route| matched(route).headers.clear()), rule);
    let found = broken("envoy-admin", |listener| {
        listener.address = Some(isoline_envoy_api::socket_address(&"0.0.0.0", 9001));
    });
    let rule = "Listener envoy-admin: shows more of the admin interface than may be read there";
    assert!(!found.is_empty() && found.iter().all(|it| it == rule), "{found:?}");
}

#[test]
fn nothing_else_is_on_the_way() {
    let rule = ["Listener stats: has filters on Envoy's own listener, or takes paths as they come"];
    assert_eq!(of_manager("stats", |manager| manager.normalize_path = None), rule);
    let filter = HttpFilter {
        name: "another".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        of_manager("stats", |manager| manager.http_filters.insert(0, filter)),
        rule
    );
}

#[test]
fn routes_of_its_own_do_not_exempt_a_listener_of_users() {
    let found = of_manager("ingress_http", |manager| {
        manager.route_specifier = Some(RouteSpecifier::RouteConfig(RouteConfiguration::default()));
    });
    assert!(
        found
            .iter()
            .any(|it| it.starts_with("Listener ingress_http: has filters on Envoy's own listener")),
        "{found:?}"
    );
}
