//! Of everything together.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::{
    inputs::Inputs,
    model::{SecretUse, VirtualHost},
    resource::{Resource, ResourceKey},
    settings::Settings,
};

pub(crate) type Resources = BTreeMap<ResourceKey, Resource>;

/// What hosts come to, as the translator puts it together.
pub(crate) fn resources(hosts: &[VirtualHost], settings: &Settings) -> Resources {
    let services = sample::services();
    let inputs = Inputs::new(settings.clone());
    let mut chains: BTreeMap<Chain, BTreeSet<String>> = BTreeMap::new();
    for host in hosts {
        for chain in Chain::of(host, settings) {
            chains.entry(chain).or_default().insert(host.fqdn.clone());
        }
    }
    let asked = hosts
        .iter()
        .flat_map(|host| &host.routes)
        .filter_map(|route| route.authorization.as_ref());
    let asked: BTreeSet<_> = asked.map(AuthorizationFilter::of).collect();
    let providers = hosts.iter().flat_map(|host| host.jwt_providers.clone());
    let providers = providers.map(|provider| (provider.key.clone(), provider)).collect();
    let used: BTreeSet<_> = hosts
        .iter()
        .flat_map(VirtualHost::clusters)
        .chain(services.clusters())
        .collect();
    let assignments: BTreeSet<_> = used.iter().filter_map(|cluster| cluster.assignment()).collect();

    let mut all = Resources::new();
    all.extend(listeners(&chains, false, &services, settings));
    all.extend(hosts.iter().flat_map(|host| host_scopes(host, settings)));
    all.extend([authorization(asked.iter()), jwt_authn(&providers)]);
    all.extend(used.iter().map(|it| cluster(it, settings)));
    all.extend(assignments.iter().map(|assignment| endpoints(assignment, &inputs)));
    all
}

#[test]
fn lab() {
    let mut settings = sample::settings();
    let get = |k: &str| std::env::var(k).ok();
    let Some(dir) = get("LAB") else { return };
    if get("LAB_GZIP").is_some() {
        settings = Settings {
            listeners: settings.listeners.clone(),
            ..Settings::default()
        };
    }
    let mut hosts = sample::hosts();
    if get("LAB_STAR").is_some() {
        hosts.push(sample::host("*", Some(crate::model::Secure::Routes(sample::tls(None)))));
    }
    let all = resources(&hosts, &settings);
    let out: Vec<_> = all.iter().map(|(k, r)| serde_json::json!({"kind": format!("{:?}", k.kind), "name": k.name, "body": isoline_envoy_api::any_to_json(&r.body).unwrap()})).collect();
    std::fs::write(dir, serde_json::to_string_pretty(&out).unwrap()).unwrap();
    let _ = SecretUse::KeyPair;
}
