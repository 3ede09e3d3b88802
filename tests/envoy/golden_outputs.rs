//! Every golden case in a real Envoy: nothing is refused, and it holds exactly what was translated.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, ensure};
use isoline::{
    filter,
    xds::{Server, Store},
};
use isoline_envoy_api::any_to_json;
use isoline_tests::{
    case::Case,
    envoy::{Admin, Envoy},
    parts,
    ports::Ports,
    wait::until,
};
use isoline_translator::{Resource, ResourceChange, ResourceKey, ResourceType, policy_filter};
use prometheus_client::{encoding::text, registry::Registry};
use serde_json::Value;
use tokio::net::TcpListener;

type Resources = BTreeMap<ResourceKey, Resource>;

fn cases() -> Result<Vec<PathBuf>> {
    let folder = parts::checkout().join("tests/golden/cases");
    let files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    let mut inputs: Vec<_> = files
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".in.yaml"))
        .collect();
    inputs.sort();
    Ok(inputs)
}

/// What a case comes to, on ports that are free here.
fn resources(path: &Path, ports: &Ports) -> Result<Resources> {
    let mut case = Case::read(path)?;
    let listeners = &mut case.settings.listeners;
    for port in [
        &mut listeners.http.port,
        &mut listeners.https.port,
        &mut listeners.tls_offload.port,
    ] {
        *port = ports.of(*port);
    }
    let mut resources = case.translate().resources;
    let ResourceChange { key, resource } = policy_filter(filter::MODULE, &case.settings);
    resources.extend(resource.map(|resource| (key, resource)));
    Ok(resources)
}

/// What leads from one configuration to another.
fn changes(from: &Resources, to: &Resources) -> Vec<ResourceChange> {
    let keys: BTreeSet<_> = from.keys().chain(to.keys()).collect();
    let changed = keys.into_iter().filter(|key| from.get(key) != to.get(key));
    changed
        .map(|key| ResourceChange {
            key: key.clone(),
            resource: to.get(key).cloned(),
        })
        .collect()
}

/// What Envoy must show of a configuration.
fn expected(resources: &Resources, kind: ResourceType) -> Result<BTreeMap<String, Value>> {
    let of_kind = resources.iter().filter(|(key, _)| key.kind == kind);
    of_kind
        .map(|(key, resource)| Ok((key.name.clone(), any_to_json(&resource.body)?)))
        .collect()
}

/// What Envoy shows of a part of its configuration, by name, without the type that goes without saying.
fn shown(dump: &BTreeMap<String, Value>, part: &str, list: &str, item: &str) -> Result<BTreeMap<String, Value>> {
    let items = dump
        .get(part)
        .and_then(|part| part[list].as_array())
        .into_iter()
        .flatten();
    let items = items.flat_map(|entry| match entry.pointer(item) {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(item) => vec![item],
        None => Vec::new(),
    });
    let named = items.map(|item| {
        let mut item = item.clone();
        item.as_object_mut().context("an object")?.remove("@type");
        Ok((item["name"].as_str().context("a name")?.to_owned(), item))
    });
    named.collect()
}

async fn check_held(admin: &Admin, resources: &Resources) -> Result<()> {
    let dump = admin.config_dump().await?;
    for (kind, part, list, item) in [
        (
            ResourceType::Cluster,
            "ClustersConfigDump",
            "dynamic_active_clusters",
            "/cluster",
        ),
        (
            ResourceType::Listener,
            "ListenersConfigDump",
            "dynamic_listeners",
            "/active_state/listener",
        ),
        (
            ResourceType::Scope,
            "ScopedRoutesConfigDump",
            "dynamic_scoped_route_configs",
            "/scoped_route_configs",
        ),
    ] {
        let (expected, shown) = (expected(resources, kind)?, shown(&dump, part, list, item)?);
        let pretty = |resources: &BTreeMap<String, Value>| format!("{:#}\n", serde_json::json!(resources));
        ensure!(
            expected == shown,
            "{kind:?}:\n{}",
            isoline_tests::difference(&pretty(&expected), &pretty(&shown))
        );
    }
    Ok(())
}

/// The lines of the metrics that tell of refusals.
fn refusals(registry: &Registry) -> Result<Vec<String>> {
    let mut metrics = String::new();
    text::encode(&mut metrics, registry)?;
    Ok(metrics
        .lines()
        .filter(|line| line.starts_with("xds_refusals_total{"))
        .map(str::to_owned)
        .collect())
}

#[tokio::test]
async fn every_golden_output_is_accepted_by_envoy() -> Result<()> {
    let ports = Ports::free()?;
    let store = Arc::<Store>::default();
    let server = Server::new(Arc::clone(&store));
    let mut registry = Registry::default();
    server.register(&mut registry);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.xds())).await?;
    tokio::spawn(server.serve(listener, std::future::pending()));
    let mut envoy = Envoy::connect("golden", ports.xds(), ports.admin())?;

    let mut held = Resources::new();
    let cases = cases()?;
    for path in &cases {
        let case = path.file_name().unwrap_or_default().display();
        let next = resources(path, &ports).with_context(|| case.to_string())?;
        store.publish(changes(&held, &next));
        until(&format!("Envoy holds {case}"), async || {
            envoy.process.check_running()?;
            check_held(&envoy.admin, &next).await
        })
        .await?;
        assert_eq!(refusals(&registry)?, Vec::<String>::new(), "{case}");
        held = next;
    }
    assert!(!cases.is_empty());
    eprintln!("{} cases", cases.len());
    Ok(())
}
