//! Envoy's own listeners: what they show, and to whom.

use anyhow::{Result, ensure};
use hyper::Method;
use isoline_tests::{authority::Authority, backend::Backend, client::Dial, objects, wait::until};
use isoline_translator::{
    Object, Settings,
    manifest::{self, Content},
    translate,
};

use crate::live::Live;

/// What anybody may read.
const OPEN: [&str; 4] = ["/ready", "/stats", "/stats/prometheus", "/stats?filter=server.live"];

/// What is read on the loopback interface alone.
const ON_LOOPBACK: [&str; 8] = [
    "/certs",
    "/clusters",
    "/config_dump",
    "/listeners",
    "/memory",
    "/runtime",
    "/server_info",
    "/stats/recentlookups",
];

/// What changes something, or tells of nothing.
const NOWHERE: [&str; 18] = [
    "/",
    "/help",
    "/logging",
    "/quitquitquit",
    "/healthcheck/fail",
    "/reset_counters",
    "/runtime_modify?a=b",
    "/drain_listeners",
    "/cpuprofiler",
    "/ready/",
    "/READY",
    "/ready/x",
    "//ready",
    "/stats/../quitquitquit",
    "/stats/%2e%2e/logging",
    "/ready%2f..%2flogging",
    "/stats/recentlookups/clear",
    "/ready;/../logging",
];

fn objects_of(backend: &Backend) -> Result<Vec<Object>> {
    let mut all = objects::service("shop", &[backend.port()]);
    all.push(objects::proxy(
        "shop",
        "shop.example.com",
        &[objects::route("/", "shop")],
    ));
    let mut objects = Vec::new();
    for object in all {
        for document in manifest::parse(&object.to_string())? {
            if let Content::Object(object) = document.content {
                objects.push(*object);
            }
        }
    }
    Ok(objects)
}

async fn status(dial: &Dial, method: Method, target: &str) -> Result<u16> {
    let headers = [
        ("x-envoy-original-path", "/config_dump"),
        ("x-http-method-override", "POST"),
    ];
    let mut connection = dial.open().await?;
    Ok(connection
        .request(method, "shop.example.com", target, &headers)
        .await?
        .status)
}

#[tokio::test]
async fn the_network_reads_metrics_and_health_and_the_loopback_interface_the_rest() -> Result<()> {
    let backend = Backend::start("shop").await?;
    let mut live = Live::start("own").await?;
    let asked = "omEnforcedHealthListener: {address: 127.0.0.1, port: 8003}";
    let settings = live.moved(Settings::parse(asked)?.with_envoy_listeners()?);
    live.hold(translate(objects_of(&backend)?, settings.clone()), &settings)
        .await?;
    let ports = live.ports();
    let stats = Dial::port(ports.stats());
    let overload = Dial::port(ports.om_enforced_health());
    let read_only = Dial::port(ports.second_admin());
    let shop = Dial::port(ports.http());
    until("the shop is open", async || {
        ensure!(shop.get("shop.example.com", "/ready").await?.backend()? == "shop");
        Ok(())
    })
    .await?;

    let mut wrong = Vec::new();
    let open = OPEN.map(|path| (path, [200, if path == "/ready" { 200 } else { 404 }, 200]));
    let on_loopback = ON_LOOPBACK.map(|path| (path, [404, 404, 200]));
    let nowhere = NOWHERE.map(|path| (path, [404, 404, 404]));
    for (path, expected) in open.into_iter().chain(on_loopback).chain(nowhere) {
        for (dial, expected) in [&stats, &overload, &read_only].into_iter().zip(expected) {
            let seen = status(dial, Method::GET, path).await?;
            if seen != expected {
                wrong.push(format!("GET {path}: {seen} instead of {expected} from {dial:?}"));
            }
            for method in [Method::POST, Method::PUT, Method::HEAD, Method::OPTIONS] {
                let seen = status(dial, method.clone(), path).await?;
                if seen != 404 {
                    wrong.push(format!("{method} {path}: {seen} from {dial:?}"));
                }
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let metrics = stats.get("localhost", "/stats/prometheus").await?;
    ensure!(String::from_utf8_lossy(&metrics.body).contains("envoy_server_live"));

    live.admin().post("/healthcheck/fail").await?;
    for dial in [&stats, &overload, &read_only] {
        until("it is not ready any more", async || {
            ensure!(status(dial, Method::GET, "/ready").await? == 503);
            Ok(())
        })
        .await?;
        ensure!(shop.get("shop.example.com", "/").await?.backend()? == "shop");
    }
    ensure!(status(&stats, Method::GET, "/stats/prometheus").await? == 200);
    live.admin().post("/healthcheck/ok").await?;
    until("it is ready again", async || {
        ensure!(status(&stats, Method::GET, "/ready").await? == 200);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn metrics_over_tls_are_for_clients_with_a_certificate_and_follow_the_files() -> Result<()> {
    let mut live = Live::start("tls").await?;
    let asked = "metrics: {envoy: {server-certificate-path: a, server-key-path: b, ca-certificate-path: c}}
health: {envoy: {port: 8004}}";
    let settings = live.moved(Settings::parse(asked)?);
    live.hold(translate([], settings.clone()), &settings).await?;
    let files = live.files();
    let authority = &files.authority;
    let certified = authority.client_with(&authority.certificate("prometheus")?)?;
    let dial = Dial::port(live.ports().stats());
    let with = |config| dial.clone().tls("metrics.example.com", config);
    let status = async |dial: &Dial, target: &str| Ok::<_, anyhow::Error>(dial.get("localhost", target).await?.status);
    let known = with(&certified);
    until("the metrics are there", async || {
        ensure!(status(&known, "/stats/prometheus").await? == 200);
        Ok(())
    })
    .await?;
    ensure!(status(&known, "/ready").await? == 404, "health is not here");
    let nameless = authority.client(&[])?;
    let stranger = authority.client_with(&Authority::new()?.certificate("prometheus")?)?;
    for config in [&nameless, &stranger] {
        ensure!(status(&with(config), "/stats").await.is_err());
    }
    ensure!(status(&dial, "/stats").await.is_err(), "in clear");
    let health = Dial::port(live.ports().of(8004));
    ensure!(status(&health, "/ready").await? == 200 && status(&health, "/stats").await? == 404);

    let renewed = files.renew()?.der()?;
    until("the new certificate is shown", async || {
        ensure!(known.certificate().await? == renewed);
        Ok(())
    })
    .await
}
