//! One Envoy that is handed one configuration after the other, and must take each as it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
};

use anyhow::{Context as _, Result, bail, ensure};
use isoline::{
    filter,
    xds::{Security, Server, Store},
};
use isoline_envoy_api::any_to_json;
use isoline_tests::{
    envoy::{Admin, Envoy},
    ports::Ports,
    wait::until,
};
use isoline_translator::{Resource, ResourceChange, ResourceKey, ResourceType, Settings, Translation, policy_filter};
use prometheus_client::{encoding::text, registry::Registry};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::metrics_files::MetricsFiles;

type Resources = BTreeMap<ResourceKey, Resource>;

pub(crate) struct Live {
    ports: Ports,
    store: Arc<Store>,
    registry: Registry,
    envoy: Envoy,
    held: Resources,
    /// How many refusals are known already.
    refusals: Vec<String>,
    /// Files for the TLS of Envoy's metrics.
    files: MetricsFiles,
}

impl Live {
    pub(crate) async fn start(node: &str) -> Result<Self> {
        let ports = Ports::free()?;
        let store = Arc::<Store>::default();
        let server = Server::new(Arc::clone(&store));
        let mut registry = Registry::default();
        server.register(&mut registry);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.xds())).await?;
        tokio::spawn(server.serve(listener, Security::Insecure, std::future::pending()));
        let envoy = Envoy::connect(node, ports.xds(), ports.admin())?;
        let refusals = refusals(&registry)?;
        Ok(Self {
            ports,
            store,
            registry,
            envoy,
            held: Resources::new(),
            refusals,
            files: MetricsFiles::new()?,
        })
    }

    pub(crate) fn ports(&self) -> &Ports {
        &self.ports
    }

    pub(crate) fn admin(&self) -> &Admin {
        &self.envoy.admin
    }

    pub(crate) fn files(&self) -> &MetricsFiles {
        &self.files
    }

    /// The same settings, on addresses and ports that are free here, with files that are there.
    pub(crate) fn moved(&self, mut settings: Settings) -> Settings {
        let listeners = &mut settings.listeners;
        (listeners.http.address, listeners.https.address) = (None, None);
        for port in [
            &mut listeners.http.port,
            &mut listeners.https.port,
            &mut listeners.tls_offload.port,
        ] {
            *port = self.ports.of(*port);
        }
        let admin = &mut listeners.admin;
        for port in [&mut admin.health, &mut admin.om_enforced_health].into_iter().flatten() {
            port.port = self.ports.of(port.port);
        }
        if let Some(metrics) = &mut admin.metrics {
            metrics.port.port = self.ports.of(metrics.port.port);
            if let Some(files) = &mut metrics.tls {
                self.files.replace(files);
            }
        }
        // The usual port is that of the admin interface itself.
        admin.read_only = admin.read_only.map(|_| self.ports.second_admin());
        settings
    }

    /// The cluster of the first route that Envoy holds for a host.
    pub(crate) async fn cluster_of(&self, host: &str) -> Result<String> {
        let dump = self.envoy.admin.config_dump().await?;
        let scopes = shown(
            &dump,
            "ScopedRoutesConfigDump",
            "dynamic_scoped_route_configs",
            "/scoped_route_configs",
        )?;
        let hosts = scopes
            .values()
            .map(|scope| &scope["route_configuration"]["virtual_hosts"][0]);
        let held = hosts.filter(|held| held["name"] == host);
        let mut clusters = held.filter_map(|host| host["routes"][0]["route"]["cluster"].as_str());
        Ok(clusters.next_back().context("Envoy holds the host")?.to_owned())
    }

    /// Hands a configuration over, and waits until Envoy holds it, or refuses some of it.
    pub(crate) async fn hold(&mut self, translation: Translation, settings: &Settings) -> Result<()> {
        let mut next = translation.resources;
        let ResourceChange { key, resource } = policy_filter(filter::MODULE, settings);
        next.extend(resource.map(|resource| (key, resource)));
        self.store.publish(changes(&self.held, &next));
        let told = self.envoy.process.log().len();
        let mut refused = false;
        let held = until("Envoy holds the configuration", async || {
            self.envoy.process.check_running()?;
            refused = refusals(&self.registry)? != self.refusals;
            if refused {
                return Ok(());
            }
            check_held(&self.envoy.admin, &next).await
        });
        held.await?;
        self.held = next;
        if refused {
            self.refusals = refusals(&self.registry)?;
            let log = self.envoy.process.log();
            let words = log.get(told.min(log.len())..).unwrap_or_default();
            let words: Vec<_> = words.lines().filter(|line| line.contains("rejected")).collect();
            bail!("Envoy refuses: {}", words.join("\n"));
        }
        Ok(())
    }
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
        .map(|(key, resource)| {
            let mut shown = any_to_json(&resource.body)?;
            as_envoy_shows(&mut shown);
            Ok((key.name.clone(), shown))
        })
        .collect()
}

/// Envoy does not show what authorization services are told, and writes no `.0`.
fn as_envoy_shows(shown: &mut Value) {
    match shown {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_object_mut().filter(|_| name == "context_extensions") {
                    Some(told) => told.values_mut().for_each(|value| *value = "[redacted]".into()),
                    None => as_envoy_shows(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(as_envoy_shows),
        Value::Number(number) => {
            let whole = number.as_f64().filter(|value| number.is_f64() && value.fract() == 0.0);
            if let Some(whole) = whole.and_then(|value| value.to_string().parse().ok()) {
                *number = whole;
            }
        }
        _ => {}
    }
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
        .filter(|line| line.starts_with("xds_nacks_total{"))
        .map(str::to_owned)
        .collect())
}
