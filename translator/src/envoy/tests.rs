//! Of everything together.

use std::collections::{BTreeMap, BTreeSet};

use isoline_envoy_api::envoy::{
    config::{
        core::v3::TypedExtensionConfig,
        listener::v3::{FilterChain, Listener as ListenerMessage, filter},
        route::v3::{Route, ScopedRouteConfiguration, route::Action as RouteKind},
    },
    extensions::{
        filters::network::http_connection_manager::v3::HttpConnectionManager,
        http::early_header_mutation::header_mutation::v3::HeaderMutation, transport_sockets::tls::v3::Secret,
    },
};
use prost::Message;

use super::*;
use crate::{
    inputs::Inputs,
    invariants::invariant_violations,
    model::{Secure, VirtualHost},
    resource::{Resource, ResourceKey, ResourceType},
    settings::Settings,
    translation::Translation,
};

type Resources = BTreeMap<ResourceKey, Resource>;

/// What hosts come to, as the translator puts it together; secrets are there, but empty.
fn resources(hosts: &[VirtualHost], settings: &Settings) -> Resources {
    let services = sample::services();
    let inputs = Inputs::new(settings.clone());
    let mut chains: BTreeMap<Chain, BTreeSet<String>> = BTreeMap::new();
    for host in hosts {
        for chain in Chain::of(host, settings) {
            chains.entry(chain).or_default().insert(host.fqdn.clone());
        }
    }
    let routes = hosts.iter().flat_map(|host| &host.routes);
    let asked = routes.filter_map(|route| route.authorization.as_ref());
    let asked: BTreeSet<_> = asked.map(AuthorizationFilter::of).collect();
    let providers = hosts.iter().flat_map(|host| host.jwt_providers.clone());
    let providers = providers.map(|provider| (provider.key.clone(), provider)).collect();
    let clusters = hosts.iter().flat_map(VirtualHost::clusters);
    let clusters: BTreeSet<_> = clusters.chain(services.clusters()).collect();
    let assignments: BTreeSet<_> = clusters.iter().filter_map(|cluster| cluster.assignment()).collect();
    let secrets = hosts.iter().flat_map(VirtualHost::secrets);
    let secrets = secrets.map(|it| (secret(&it, &inputs).0, Resource::new(&Secret::default())));

    let mut all = Resources::new();
    all.extend(listeners(&chains, false, &services, settings));
    all.extend(hosts.iter().flat_map(|host| host_scopes(host, settings)));
    all.extend([authorization(asked.iter()), jwt_authn(&providers)]);
    all.extend(clusters.iter().map(|it| cluster(it, settings)));
    all.extend(assignments.iter().map(|assignment| endpoints(assignment, &inputs)));
    all.extend(secrets);
    all
}

fn violations(resources: &Resources) -> Vec<String> {
    invariant_violations(&Translation {
        resources: resources.clone(),
        ..Translation::default()
    })
}

/// Decodes a resource, changes it, and puts it back.
fn edit<M: prost::Name + Default>(resources: &mut Resources, key: &ResourceKey, change: impl FnOnce(&mut M)) {
    let resource = resources.get_mut(key).unwrap();
    let mut message = M::decode(resource.body.value.as_slice()).unwrap();
    change(&mut message);
    *resource = Resource {
        needs: resource.needs.clone(),
        ..Resource::new(&message)
    };
}

fn key(kind: ResourceType, name: &str) -> ResourceKey {
    ResourceKey {
        kind,
        name: name.to_owned(),
    }
}

fn scopes_of<'a>(resources: &'a Resources, fqdn: &str) -> Vec<(&'a ResourceKey, ScopedRouteConfiguration)> {
    let scopes = resources.iter().filter(|(key, _)| key.kind == ResourceType::Scope);
    let scopes = scopes.map(|(key, it)| (key, ScopedRouteConfiguration::decode(it.body.value.as_slice()).unwrap()));
    let is_of =
        |scope: &ScopedRouteConfiguration| scope.route_configuration.as_ref().unwrap().virtual_hosts[0].name == fqdn;
    scopes.filter(|(_, scope)| is_of(scope)).collect()
}

fn chains(resources: &Resources) -> Vec<FilterChain> {
    let listener = &resources[&key(ResourceType::Listener, "ingress_https")];
    ListenerMessage::decode(listener.body.value.as_slice())
        .unwrap()
        .filter_chains
}

#[test]
fn what_samples_come_to_breaks_no_rule() {
    for settings in [Settings::default(), sample::settings()] {
        assert_eq!(
            violations(&resources(&sample::hosts(), &settings)),
            Vec::<String>::new()
        );
    }
}

#[test]
fn each_rule_can_be_broken() {
    let settings = sample::settings();
    let whole = resources(&sample::hosts(), &settings);
    let scope = scopes_of(&whole, "plain.example.com")[0].0.clone();
    let of_scope = |change: &dyn Fn(&mut ScopedRouteConfiguration)| {
        let mut broken = whole.clone();
        edit(&mut broken, &scope, change);
        violations(&broken)
    };
    for name in POLICY_FILTERS.into_iter().filter(|name| *name != RATE_LIMIT_FILTER) {
        let found = of_scope(&|scope| {
            scope
                .route_configuration
                .as_mut()
                .unwrap()
                .typed_per_filter_config
                .remove(name);
        });
        assert!(
            found
                .iter()
                .any(|it| it.ends_with("leaves a filter on for all its routes")),
            "{name}: {found:?}"
        );
    }
    let found = of_scope(&|scope| {
        let host = &mut scope.route_configuration.as_mut().unwrap().virtual_hosts[0];
        host.typed_per_filter_config
            .extend([words::off("envoy.filters.http.rbac")]);
    });
    assert!(
        found
            .iter()
            .any(|it| it.ends_with("switches a filter off for a host or route")),
        "{found:?}"
    );
    let found = of_scope(&|scope| scope.key.as_mut().unwrap().fragments.clear());
    assert!(found.iter().any(|it| it.ends_with("cannot be reached")), "{found:?}");

    for name in POLICY_FILTERS.into_iter().chain([FALLBACK_FILTER]) {
        let mut broken = whole.clone();
        edit_manager(&mut broken, |manager| {
            manager.http_filters.retain(|filter| filter.name != name);
        });
        assert_ne!(violations(&broken), Vec::<String>::new(), "{name}");
    }

    for (name, rule) in [
        (JWT_FILTER, "requires a token of nobody"),
        (AUTHORIZATION_FILTER, "wants to be judged by a filter that is not there"),
    ] {
        let mut broken = whole.clone();
        edit(
            &mut broken,
            &key(ResourceType::Extension, name),
            |it: &mut TypedExtensionConfig| {
                it.typed_config.as_mut().unwrap().value.clear();
            },
        );
        assert!(violations(&broken).iter().any(|it| it.ends_with(rule)), "{name}");
    }

    for kind in [ResourceType::Secret, ResourceType::Cluster, ResourceType::Endpoints] {
        let mut broken = whole.clone();
        broken.retain(|key, _| key.kind != kind);
        assert_ne!(violations(&broken), Vec::<String>::new(), "{kind:?}");
    }
}

/// Changes the HTTP connection manager of the cleartext listener.
fn edit_manager(resources: &mut Resources, change: impl FnOnce(&mut HttpConnectionManager)) {
    let http = key(ResourceType::Listener, "ingress_http");
    edit(resources, &http, |listener: &mut ListenerMessage| {
        let filter = listener.filter_chains[0].filters.last_mut().unwrap();
        let Some(filter::ConfigType::TypedConfig(any)) = &mut filter.config_type else {
            unreachable!()
        };
        let mut manager = HttpConnectionManager::decode(any.value.as_slice()).unwrap();
        change(&mut manager);
        any.value = manager.encode_to_vec();
    });
}

/// A load balancer as in the settings, with cleartext that was once encrypted on a port of its own.
fn behind(load_balancer: &str) -> Resources {
    let mut settings = sample::settings();
    settings.load_balancer = serde_json::from_str(load_balancer).unwrap();
    let resources = resources(&sample::hosts(), &settings);
    assert_eq!(violations(&resources), Vec::<String>::new(), "{load_balancer}");
    resources
}

#[test]
fn a_scope_that_does_not_tell_the_scheme_is_refused() {
    for (front, needed) in [
        (r#"{"mode": "L4TLS"}"#, 1),
        (r#"{"mode": "L4TLS", "proxyProtocol": "Required"}"#, 2),
        (r#"{"mode": "L4TLS", "trusted": {"hops": 1}}"#, 0),
    ] {
        let mut broken = behind(front);
        let scopes = scopes_of(&broken, "plain.example.com").into_iter();
        for scope in scopes.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            edit(&mut broken, &scope, |scope: &mut ScopedRouteConfiguration| {
                let headers = &mut scope.route_configuration.as_mut().unwrap().request_headers_to_add;
                headers.retain(|option| option.header.as_ref().unwrap().key != SCHEME_HEADER);
            });
        }
        let found = violations(&broken);
        assert_eq!(found.len(), needed, "{front}: {found:?}");
        assert!(
            found.iter().all(|it| it.ends_with("not told the client's scheme")),
            "{found:?}"
        );
    }
}

#[test]
fn nobody_is_believed_about_the_scheme_unread() {
    let mut broken = behind(r#"{"mode": "L7", "trusted": {"hops": 1}}"#);
    edit_manager(&mut broken, |manager| {
        let config = manager.early_header_mutation_extensions[0]
            .typed_config
            .as_mut()
            .unwrap();
        let mut mutations = HeaderMutation::decode(config.value.as_slice()).unwrap();
        mutations.mutations.pop();
        config.value = mutations.encode_to_vec();
    });
    let found = violations(&broken);
    let rule = "passes on what came in X-Forwarded-Proto";
    assert!(found.iter().any(|it| it.ends_with(rule)), "{found:?}");
}

#[test]
fn hosts_that_ask_different_things_of_connections_share_no_entrance() {
    let all = resources(&sample::hosts(), &Settings::default());
    let prefixes = |fqdn: &str| -> BTreeSet<String> {
        let scopes = scopes_of(&all, fqdn).into_iter();
        let keys = scopes.map(|(_, scope)| format!("{:?}", scope.key.unwrap().fragments[0].r#type));
        keys.map(|key| key.split('"').nth(1).unwrap().split('|').next().unwrap().to_owned())
            .collect()
    };
    let tls = |fqdn: &str| {
        prefixes(fqdn)
            .into_iter()
            .filter(|prefix| prefix.starts_with("https"))
            .collect::<Vec<_>>()
    };
    assert_eq!(prefixes("plain.example.com"), ["http".to_owned()].into());
    assert_eq!(
        prefixes("fallback.example.com"),
        ["http", "https", "fallback"].map(str::to_owned).into()
    );
    assert_eq!(tls("exact.wild.example.com"), ["https"]);
    let particular = ["mutual.example.com", "revoked.example.com", "any.example.com"].map(tls);
    assert!(
        particular
            .iter()
            .all(|prefixes| matches!(prefixes.as_slice(), [one] if one.starts_with("https.")))
    );
    assert_eq!(BTreeSet::from(particular).len(), 3);
}

#[test]
fn only_one_chain_takes_names_that_nobody_has() {
    let settings = Settings::default();
    let nameless = |hosts: &[VirtualHost]| -> Vec<String> {
        let all = chains(&resources(hosts, &settings)).into_iter();
        let nameless = all.filter(|chain| chain.filter_chain_match.as_ref().unwrap().server_names.is_empty());
        nameless.map(|chain| chain.name).collect()
    };
    let mut hosts = sample::hosts();
    assert_eq!(nameless(&hosts), ["https/fallback/ns/fallback/*"]);
    hosts.push(sample::host("*", Some(Secure::Routes(sample::tls(None)))));
    assert_eq!(nameless(&hosts), ["https/ns/certificate/*"]);
}

/// What Envoy answers itself in cleartext on a path, on both listeners; 0 where it does not.
fn cleartext_answers(all: &Resources, fqdn: &str, path: &str) -> BTreeSet<u32> {
    let text = format!("{path:?}");
    let scopes = scopes_of(all, fqdn).into_iter().map(|(_, scope)| scope);
    let scopes = scopes.filter(|scope| !format!("{:?}", scope.key).contains("\"https"));
    let hosts = scopes.flat_map(|scope| scope.route_configuration.unwrap().virtual_hosts);
    let routes = hosts.flat_map(|host| host.routes);
    let routes = routes.filter(|route| format!("{:?}", route.r#match).contains(&text));
    let status = |route: Route| match route.action {
        Some(RouteKind::DirectResponse(response)) => response.status,
        _ => 0,
    };
    routes.map(status).collect()
}

#[test]
fn nobody_gets_around_a_demanded_certificate_in_cleartext() {
    let mut settings = Settings::default();
    settings.listeners.tls_offload.enabled = true;
    settings.load_balancer.mode = isoline_policy::Mode::L4Tls;
    let all = resources(&sample::hosts(), &settings);
    for (fqdn, over_offloaded_tls) in [
        ("mutual.example.com", 403),
        ("any.example.com", 200),
        ("exact.wild.example.com", 200),
    ] {
        let expected = [("/p/ip", [200].into()), ("/p/upgrade", [0, over_offloaded_tls].into())];
        for (path, expected) in expected {
            assert_eq!(cleartext_answers(&all, fqdn, path), expected, "{fqdn}{path}");
        }
    }
}
